"use strict";
/* The tables: all of them in a list, one beside it. */
(function () {
  var el = board.el;

  /* ---- the list of tables ---- */
  function entry(kind, one, n) {
    var query = {};
    query[kind] = one.id;
    return el("li", { "data-words": (one.id + " " + one.title + " " + (one.family || "")).toLowerCase() },
      el("a", { href: board.page("index", query), "aria-current": board.get(kind) === one.id ? "page" : null },
        el("span", {}, board.name(one.title || one.id, 80)), el("span", { class: "n" }, n)));
  }

  function list(index) {
    var families = new Map();
    index.tasks.forEach(function (task) {
      var family = task.family || "other";
      if (!families.has(family)) families.set(family, []);
      families.get(family).push(task);
    });
    var parts = [];
    var suites = index.suites.filter(function (suite) { return suite.models || suite.reported || board.get("suite") === suite.id; });
    if (suites.length) parts.push(part("Suites", suites.map(function (suite) { return entry("suite", suite, (suite.models || 0) + (suite.reported || 0)); })));
    families.forEach(function (tasks, family) {
      parts.push(part(family, tasks.map(function (task) { return entry("task", task, (task.runs || 0) + (task.reported || 0)); })));
    });
    var field = el("input", { type: "search", placeholder: "Find a table", "aria-label": "Find a table", on: { input: function () {
      var words = field.value.toLowerCase().split(/\s+/);
      box.querySelectorAll("li").forEach(function (item) {
        item.hidden = !words.every(function (word) { return item.dataset.words.includes(word); });
      });
      box.querySelectorAll("section").forEach(function (section) { section.hidden = !section.querySelector("li:not([hidden])"); });
    } } });
    var box = el("details", { class: "list", open: !matchMedia("(max-width: 860px)").matches },
      el("summary", {}, "All tables"), el("nav", { "aria-label": "Tables" }, field, parts));
    return box;
  }

  function part(title, items) {
    return el("section", {}, el("h2", {}, board.name(title, 40)), el("ul", {}, items));
  }

  /* ---- without a choice: every task with its best ---- */
  function overview(index) {
    function best(one) { return one && typeof one.value === "number" ? one : null; }
    var columns = [
      { key: "task", label: "Task", header: true, kind: "title", value: function (t) { return t.title; },
        cell: function (t) { return el("a", { href: board.page("index", { task: t.id }) }, board.name(t.title || t.id)); } },
      { key: "metric", label: "Metric", value: function (t) { return t.metric; }, cell: function (t) { return board.metric(t.metric) + (board.is_share(t.range) ? ", %" : ""); } },
      { key: "value", label: "Best measured", num: true, value: function (t) { return best(t.best) && t.best.value; },
        cell: function (t) {
          return best(t.best) ? [board.score(t.best.value, t.range), " ", el("span", { class: "range" }, board.interval(t.best, t.range))] : "–";
        } },
      { key: "bar", label: "Best measured, drawn", picture: true, cell: function (t) {
        return best(t.best) ? board.bars.bar(board.bars.scale(t.range, [t.best.value, t.best.low, t.best.high], 130), t.best, t) : "";
      } },
      { key: "model", label: "by", value: function (t) { return t.best && t.best.model; }, cell: function (t) { return t.best ? board.name(t.best.model, 24) : "–"; } },
      { key: "reported", label: "Best reported", num: true, value: function (t) { return best(t.best_reported) && t.best_reported.value; },
        cell: function (t) { return best(t.best_reported) ? board.score(t.best_reported.value, t.range) : "–"; } },
      { key: "reporter", label: "of", value: function (t) { return t.best_reported && t.best_reported.model; }, cell: function (t) { return t.best_reported ? board.name(t.best_reported.model, 24) : "–"; } },
      { key: "runs", label: "Runs", num: true, value: function (t) { return t.runs; }, cell: function (t) { return board.count(t.runs || 0); } },
      { key: "figures", label: "Reported", num: true, value: function (t) { return t.reported; }, cell: function (t) { return board.count(t.reported || 0); } }
    ];
    return [el("h1", {}, board.name(index.title || "Leaderboard")),
      el("p", {}, "How well multimodal models read human affect: each score with its interval, beside chance and people, and with what the model was really given."),
      board.sorting({ caption: board.plural(index.tasks.length, "task"), columns: columns, rows: index.tasks, full: true })];
  }

  /* ---- the table of a task ---- */
  function parts(table, rows) {
    var mixed = board.get("reported") === "mixed";
    var measured = rows.filter(function (row) { return row.kind === "measured"; });
    var reported = rows.filter(function (row) { return row.kind === "reported"; });
    var ranked = measured.filter(function (row) { return !(row.apart || []).length; });
    return [
      { name: "ranked", title: null, rows: mixed ? ranked.concat(reported) : ranked,
        fits: function (column) { return !column.apart && (mixed || !column.reported); } },
      { name: "apart", title: "Not comparable", note: "These runs are not ranked; each says why.",
        rows: measured.filter(function (row) { return (row.apart || []).length; }), fits: function (column) { return !column.reported && column.key !== "rank"; } },
      { name: "reported", title: "Reported by others", note: "Printed by their sources, not measured here, and never ranked among what was.",
        rows: mixed ? [] : reported, fits: function (column) { return !column.measured && !column.apart; } }
    ];
  }

  function empty(column, rows) {
    return !column.always && column.text && rows.every(function (row) {
      var text = column.text(row);
      return text === null || text === undefined || text === "";
    });
  }

  /* On a phone the score comes right after the model, the rest behind it. */
  function is_narrow() {
    return matchMedia("(max-width: 560px)").matches;
  }

  function default_columns(columns, rows) {
    return columns.filter(function (column) {
      if (column.always) return true;
      return (column.on || column.key === "minus") && !(column.key === "billions" && is_narrow()) && !empty(column, rows);
    });
  }

  function task_table(index, task, table) {
    var sources = index.sources || {};
    var to = board.bars.scale(table.range, board.bars.numbers(table.rows, table));
    var columns = board.columns.all(table, to, sources);
    var holder = el("div", {}), told = el("div", { class: "told", role: "status" }), bar = el("div", { class: "controls" });
    var best_first = table.better === "lower" ? "score" : "-score";
    var shown, now;

    function shown_columns() {
      return board.filters.seen_columns(columns, default_columns(columns, table.rows));
    }

    function turned(sort, key) {
      board.set({ sort: sort === best_first ? null : sort });
      draw();
      var button = holder.querySelector('[data-sort="' + CSS.escape(key) + '"]');
      if (button) button.focus();
    }

    function section(part, sort) {
      if (!part.rows.length && part.name !== "ranked") return null;
      var fitting = columns.filter(function (one) { return shown.has(one.key) && part.fits(one); });
      if (is_narrow()) fitting.sort(function (a, b) { return (a.apart ? 1 : 0) - (b.apart ? 1 : 0); });
      var caption = (part.title ? part.title + ": " : "") + (table.title || task.title || task.id) + ", " + board.headed(table.metric, table.range);
      var drawn = part.rows.length
        ? board.table({ caption: caption, hide_caption: true, columns: fitting, rows: part.rows, sort: sort, turned: turned, full: true,
          row_class: function (row) { return row.kind === "reported" ? "reported" : (row.tags || []).includes("baseline") ? "baseline" : null; } })
        : el("p", { class: "soft" }, table.rows.some(function (row) { return row.kind === "measured"; }) ? "No measured run is left by the filters." : "Nothing was measured here yet.");
      return el("section", { "data-part": part.name }, part.title && el("h2", {}, part.title), part.note && el("p", { class: "soft small" }, part.note), drawn);
    }

    function draw() {
      var sort = board.get("sort") || best_first;
      var rows = table.rows.filter(board.filters.wanted());
      shown = shown_columns();
      now = parts(table, rows);
      board.fill(holder, now.map(function (part) { return section(part, sort); }), board.differences.list(rows, table.rows), board.sources_list(rows, sources));
      board.fill(told, board.filters.told(table.rows.length - rows.length, table.rows.length, restart));
      exported.refresh();
    }

    function restart() {
      board.fill(bar, board.filters.controls(table.rows, draw),
        board.filters.columns_menu(columns.filter(function (one) { return !one.picture; }), shown_columns(), function (again) {
          if (again) restart();
          draw();
        }));
      draw();
    }

    function as_shown() {
      var sort = board.get("sort") || best_first;
      var rows = now.flatMap(function (part) { return board.sorted(part.rows, columns, sort); });
      var used = columns.filter(function (one) { return one.text && shown.has(one.key) && now.some(function (part) { return part.rows.length && part.fits(one); }); });
      return { columns: used.concat(kind_column), rows: rows, caption: (task.title || task.id) + " (" + (task.protocol || "") + ")", name: "affectbench-" + task.id.replace(/[^A-Za-z0-9._-]/g, "_") };
    }

    var kind_column = [{ key: "kind", label: "Kind", text: function (row) { return row.kind; } }];
    var exported = board.exporting.field(as_shown);
    restart();
    return [task_head(task, table), bar, told, holder, exported];
  }

  function task_head(task, table) {
    return [el("h1", {}, board.name(task.title || task.id, 200)),
      el("p", { class: "soft" }, board.name(task.id), ", by ", board.metric(table.metric), " (",
        table.better === "lower" ? "lower is better" : "higher is better", "), protocol ", board.name(task.protocol || "–"), ". ",
        el("a", { href: board.page("task", { id: task.id }) }, "About this task"), task.runs > 1 ? [", ", el("a", { href: board.page("compare", { task: task.id }) }, "compare runs")] : null, "."),
      board.bars.legend(table, table.range)];
  }

  function draw(index) {
    var task_id = board.get("task"), suite_id = board.get("suite");
    var task = index.tasks.find(function (one) { return one.id === task_id; });
    var suite = index.suites.find(function (one) { return one.id === suite_id; });
    board.title((task ? task.title || task.id : suite ? suite.title : "Tables") + " · " + (index.title || "affectbench"));
    var inner;
    if (task) inner = board.load("tables/" + task.key).then(function (table) { return task_table(index, task, table); });
    else if (suite) inner = board.load("suites/" + suite.key).then(function (table) { return board.suite_table(index, suite, table); });
    else if (task_id || suite_id) inner = Promise.reject(new Error("no table of this name: " + (task_id || suite_id)));
    else inner = Promise.resolve(overview(index));
    return inner.then(function (nodes) {
      return el("div", { class: "beside" }, list(index), el("div", { id: "table" }, nodes));
    });
  }

  board.begin("index", draw);
})();
