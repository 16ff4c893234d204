"use strict";
/* What is around every page: its head, its theme, and what is said when data are missing. */
(function () {
  var el = board.el;

  function nav(here) {
    var places = [["index", "Tables"], ["model", "Models"], ["compare", "Compare"]];
    return el("nav", { "aria-label": "Pages" }, places.map(function (one) {
      return el("a", { href: board.page(one[0]), "aria-current": one[0] === here ? "page" : null }, one[1]);
    }));
  }

  function chosen() {
    return document.documentElement.dataset.theme || "auto";
  }

  function choose(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    board.set({ theme: board.get("theme") === null ? null : theme === "auto" ? null : theme });
    try {
      if (theme === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme);
    } catch (error) {
      board.set({ theme: theme === "auto" ? null : theme }); // nothing is kept for files: the address keeps it
    }
    document.dispatchEvent(new Event("theme"));
  }

  function themes() {
    var select = el("select", { id: "theme", on: { change: function () { choose(select.value); } } },
      [["auto", "auto"], ["light", "light"], ["dark", "dark"]].map(function (one) {
        return el("option", { value: one[0], selected: one[0] === chosen() }, one[1]);
      }));
    return el("div", { class: "theme" }, el("label", { for: "theme", class: "hidden" }, "Light or dark"), select);
  }

  function is_dark() {
    return chosen() === "dark" || (chosen() === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  }

  function foot(index) {
    var made = index.made_from || {};
    return [
      board.plural(made.runs || 0, "measured run") + ", " + board.plural(made.reported || 0, "reported figure") + ". ",
      "The bar is the 95 % interval. All samples count: refused, unreadable and failed answers are misses. ",
      el("a", { href: "board.json" }, "board.json"), " and ", el("a", { href: "runs.parquet" }, "runs.parquet"),
      " hold the same numbers. ",
      "Made with affectbench; no page asks any server for anything."
    ];
  }

  function fault(error) {
    return el("div", { class: "fault", role: "alert" }, el("p", {}, board.name(error.message || error, 300)));
  }

  function title(words) {
    document.title = words;
  }

  /* Draw a page: `draw(index)` resolves to the nodes of its main part. */
  function begin(here, draw) {
    return board.load("board").then(function (index) {
      board.fill(document.getElementById("head"),
        el("a", { class: "title", href: board.page("index") }, board.name(index.title || "affectbench")), nav(here), themes());
      board.fill(document.getElementById("foot"), foot(index));
      return draw(index);
    }).then(function (nodes) {
      board.fill(document.getElementById("main"), nodes);
    }).catch(function (error) {
      board.fill(document.getElementById("main"), el("h1", {}, "Not there"), fault(error),
        el("p", {}, el("a", { href: board.page("index") }, "All tables")));
    }).finally(function () {
      document.documentElement.dataset.ready = "yes";
    });
  }

  if (matchMedia("(prefers-color-scheme: dark)").addEventListener) {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
      document.dispatchEvent(new Event("theme"));
    });
  }

  /* Facts as a list of terms; absent ones are left out. */
  function facts(pairs) {
    return el("dl", { class: "facts" }, pairs.map(function (pair) {
      var value = pair[1];
      if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) return null;
      return [el("dt", {}, pair[0]), el("dd", {}, typeof value === "string" ? board.name(value, 600) : value)];
    }));
  }

  Object.assign(board, { begin: begin, fault: fault, facts: facts, is_dark: is_dark, title: title });
})();
