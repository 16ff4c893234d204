"use strict";
/* A score as a picture in a table: the bar is the interval, the dot the estimate, the lines are what guessing and
   people reach. Everything that a bar shows stands beside it as a number too, so readers of the screen skip it. */
(function () {
  var svg = board.svg;
  var WIDE = 150, HIGH = 22, LINES = ["chance", "majority", "human"];

  /* From a score to a place: over the metric's range, or over what is there where the metric has no ends. */
  function scale(range, values, wide) {
    var known = values.filter(function (v) { return typeof v === "number" && isFinite(v); });
    var low = range && typeof range[0] === "number" ? range[0] : Math.min.apply(null, known.concat(0));
    var high = range && typeof range[1] === "number" ? range[1] : Math.max.apply(null, known.concat(1e-9));
    if (!(high > low)) high = low + 1;
    var width = wide || WIDE;
    var place = function (value) {
      return 4 + (width - 8) * Math.min(1, Math.max(0, (value - low) / (high - low)));
    };
    return { place: place, low: low, high: high, width: width };
  }

  /* Of rows and lines: all numbers that the scale should hold. */
  function numbers(rows, lines) {
    return rows.flatMap(function (row) { return [row.value, row.low, row.high]; })
      .concat(LINES.map(function (line) { return lines && lines[line]; }));
  }

  function reference(to, lines, top, bottom) {
    return LINES.filter(function (line) { return lines && typeof lines[line] === "number"; }).map(function (line) {
      var x = to.place(lines[line]);
      return svg("line", { class: line, x1: x, x2: x, y1: top, y2: bottom });
    });
  }

  function bar(to, row, lines) {
    var middle = HIGH / 2, children = [svg("line", { class: "whole", x1: 4, x2: to.width - 4, y1: middle, y2: middle })];
    children.push(reference(to, lines, 0, HIGH));
    if (typeof row.low === "number" && typeof row.high === "number") {
      children.push(svg("line", { class: "ci", x1: to.place(row.low), x2: to.place(row.high), y1: middle, y2: middle }));
    }
    if (typeof row.value === "number") {
      children.push(svg("circle", { class: "dot", cx: to.place(row.value), cy: middle, r: 3.6 }));
    }
    return svg("svg", {
      class: "bar" + (row.kind === "reported" ? " rep" : ""), width: to.width, height: HIGH, "aria-hidden": "true"
    }, children);
  }

  function axis(to, range, lines) {
    var ends = [to.low, (to.low + to.high) / 2, to.high];
    return svg("svg", { class: "axis", width: to.width, height: 20, "aria-hidden": "true" },
      reference(to, lines, 14, 20),
      ends.map(function (value, place) {
        var shown = board.is_share(range) ? String(Math.round(100 * value)) : String(+value.toPrecision(3)).replace("-", "−");
        return [svg("text", { x: to.place(value), y: 9, "text-anchor": ["start", "middle", "end"][place] }, shown),
          svg("line", { class: "tick", x1: to.place(value), x2: to.place(value), y1: 12, y2: 16 })];
      }));
  }

  /* What the lines are, each with its number. */
  function legend(lines, range) {
    var said = { chance: "chance", majority: "majority", human: "people" };
    var items = LINES.filter(function (line) { return lines && typeof lines[line] === "number"; }).map(function (line) {
      return board.el("li", {}, svg("svg", { class: "bar", width: 10, height: 14, "aria-hidden": "true" },
        svg("line", { class: line, x1: 5, x2: 5, y1: 0, y2: 14 })), said[line] + " ", board.el("b", {}, board.score(lines[line], range)));
    });
    return items.length ? board.el("ul", { class: "lines" }, items) : null;
  }

  /* Answers by what became of them, as shares of a small bar. */
  function cover(row) {
    var kinds = ["ok", "refused", "unparsed", "errors"], x = 0;
    var all = kinds.reduce(function (sum, kind) { return sum + (row[kind] || 0); }, 0);
    if (!all) return null;
    return svg("svg", { class: "cover", width: 44, height: 8, "aria-hidden": "true" }, kinds.map(function (kind) {
      var wide = 44 * (row[kind] || 0) / all, left = x;
      x += wide;
      return wide ? svg("rect", { class: kind === "errors" ? "error" : kind, x: left, y: 0, width: Math.max(wide, 1), height: 8 }) : null;
    }));
  }

  board.bars = { scale: scale, numbers: numbers, bar: bar, axis: axis, legend: legend, cover: cover };
})();
