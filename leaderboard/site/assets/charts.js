"use strict";
/* Charts: kept Vega-Lite specifications with a table's numbers put in. The numbers stand below each as a table, too.

   Vega runs by its expression interpreter, so that no text of a page is ever run as a program. */
(function () {
  var el = board.el, drawn = [];

  function specification(spec, rows, theme) {
    var whole = JSON.parse(JSON.stringify(spec));
    whole.datasets = { rows: rows };
    whole.config = theme;
    if (whole.width === "container" && whole.height && whole.height.step) whole.height = whole.height.step * heights(whole, rows);
    return whole;
  }

  /* How many places the y axis has: what fits its box in width cannot grow by steps in height. */
  function heights(spec, rows) {
    var field = [spec].concat(spec.layer || []).map(function (part) { return part.encoding && part.encoding.y && part.encoding.y.field; }).find(Boolean);
    return new Set(rows.map(function (row) { return row[field]; }).filter(function (value) { return value !== undefined; })).size || 1;
  }

  async function draw(one) {
    var charts = await board.load("charts");
    await board.library("vega.js");
    var theme = charts.theme[board.is_dark() ? "dark" : "light"];
    if (one.view) one.view.finalize();
    one.view = await window.vegaEmbed(one.node, specification(charts[one.spec], one.rows, theme), {
      actions: false, ast: true, renderer: "canvas", tooltip: false, defaultStyle: false, mode: "vega-lite", hover: false, logLevel: 1
    });
    one.node.dataset.drawn = "yes";
  }

  function failed(one, error) {
    board.fill(one.node, el("p", { class: "soft small" }, "The picture could not be drawn (", board.name(error.message, 200), "); its numbers stand below."));
  }

  /* Text in a chart: as long as its axis has room for, without signs that turn it round. */
  function plain(row) {
    return Object.fromEntries(Object.entries(row).map(function (entry) {
      var value = entry[1];
      return [entry[0], typeof value === "string" ? value.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd").slice(0, 60) : value];
    }));
  }

  /* A figure: name of the specification, what it shows, its rows, and the heads and cells of its table. */
  function chart(spec, title, rows, heads, cells) {
    var node = el("div", { class: "chart", role: "img", "aria-label": title });
    var one = { node: node, spec: spec, rows: rows.map(plain) };
    drawn.push(one);
    var seen = new IntersectionObserver(function (entries) {
      if (!entries.some(function (entry) { return entry.isIntersecting; })) return;
      seen.disconnect();
      draw(one).catch(function (error) { failed(one, error); });
    }, { rootMargin: "300px" });
    seen.observe(node);
    return el("figure", { "data-chart": spec }, el("figcaption", {}, title), node,
      heads && el("details", {}, el("summary", {}, "Numbers"), board.plain(title, heads, cells, heads.map(function (_, place) { return place; }).slice(1))));
  }

  document.addEventListener("theme", function () {
    drawn.forEach(function (one) {
      if (one.view) draw(one).catch(function (error) { failed(one, error); });
    });
  });

  board.chart = chart;
})();
