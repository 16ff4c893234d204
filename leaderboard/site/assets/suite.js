"use strict";
/* The table of a suite: a model a row, a task a column, and the number that the suite's authors publish, if they do. */
(function () {
  var el = board.el;

  /* The best value of each task among what was measured, to be set in bold. */
  function bests(table) {
    var found = {};
    table.tasks.forEach(function (task) {
      var values = table.rows.filter(function (row) { return row.kind === "measured" && !(row.tags || []).includes("baseline"); })
        .map(function (row) { return row.cells[task.id]; })
        .filter(function (cell) { return cell && !cell.why && typeof cell.value === "number"; })
        .map(function (cell) { return cell.value; });
      if (values.length > 1) found[task.id] = task.better === "lower" ? Math.min.apply(null, values) : Math.max.apply(null, values);
    });
    return found;
  }

  function task_cell(row, task, best) {
    var cell = row.cells[task.id];
    if (!cell) return "–";
    if (typeof cell.value !== "number") return cell.why ? el("span", { class: "range" }, board.name(cell.why, 60)) : "–";
    var shown = board.score(cell.value, task.range);
    var number = cell.key ? el("a", { href: board.page("run", { run: cell.key }) }, shown) : shown;
    return [el("span", { class: cell.value === best && !cell.why ? "best" : null }, number),
      typeof cell.low === "number" ? el("div", { class: "range" }, board.interval(cell, task.range)) : null,
      cell.why ? el("div", { class: "range withheld" }, board.name(cell.why, 60)) : null];
  }

  function aggregate_columns(table) {
    if (!table.aggregate) return [];
    var to = board.bars.scale([0, 1], [], 150);
    var units = table.tasks.every(function (task) { return board.is_share(task.range); }) && table.how !== "sum";
    var range = units ? [0, 1] : null;
    if (!units) to = board.bars.scale(null, board.bars.numbers(table.rows, {}), 150);
    return [
      { key: "value", label: board.headed(table.aggregate, range), num: true, kind: "task", value: function (row) { return row.value; }, text: function (row) { return row.value; },
        cell: function (row) { return typeof row.value === "number" ? board.score(row.value, range) : el("span", { class: "range" }, "lacks " + row.missing.length + " of " + table.of.length); } },
      { key: "interval", label: "95 % interval", num: true, value: function (row) { return row.low; },
        text: function (row) { return typeof row.low === "number" ? row.low + " to " + row.high : ""; },
        cell: function (row) { return el("span", { class: "range" }, board.interval(row, range) || "–"); } },
      { key: "bar", label: "Interval, drawn", picture: true, always: true, cell: function (row) { return board.bars.bar(to, row, {}); }, head: function () { return board.bars.axis(to, range, {}); } },
      { key: "minus", label: "Measured − reported", num: true, value: function (row) { return row.minus; }, text: function (row) { return row.minus; },
        cell: function (row) { return board.signed(row.minus, range); } }
    ];
  }

  /* Titles of tasks without what all of them begin with, such as the name of the suite. */
  function short_titles(tasks) {
    var titles = tasks.map(function (task) { return task.title || task.id; });
    var first = titles[0] || "", comma = first.indexOf(", "), common = comma > 0 ? first.slice(0, comma + 2) : null;
    if (!common || titles.length < 2 || !titles.every(function (title) { return title.startsWith(common) && title.length > common.length; })) return titles;
    return titles.map(function (title) { return title.slice(common.length); });
  }

  function columns(table, sources) {
    var best = bests(table);
    var rank = { key: "rank", label: "Rank", kind: "num", value: function (row) { return row.rank ? row.rank[0] + row.rank[1] / 1e4 : null; },
      text: function (row) { return row.rank ? row.rank.join("–") : ""; }, cell: function (row) { return !row.rank ? "" : row.rank[0] === row.rank[1] ? row.rank[0] : row.rank.join("–"); } };
    var model = { key: "model", label: "Model", header: true, always: true, kind: "model", value: function (row) { return row.model; }, text: function (row) { return row.model; },
      cell: function (row) { return [board.columns.model_name(row), " ", board.columns.chips(row)]; } };
    var size = { key: "billions", label: "Size", num: true, value: function (row) { return row.billions; }, text: function (row) { return row.parameters; },
      cell: function (row) { return row.parameters ? board.name(row.parameters, 20) : "–"; } };
    var titles = short_titles(table.tasks);
    var tasks = table.tasks.map(function (task, place) {
      return { key: "task:" + task.id, label: titles[place], num: true, up: task.better === "lower", kind: "task",
        head: function () { return el("div", { class: "range" }, board.headed(task.metric, task.range)); },
        value: function (row) { return row.cells[task.id] ? row.cells[task.id].value : null; },
        text: function (row) { return row.cells[task.id] ? row.cells[task.id].value : ""; },
        cell: function (row) { return task_cell(row, task, best[task.id]); } };
    });
    var source = { key: "source", label: "Source", value: function (row) { return row.source; }, text: function (row) { return row.source; },
      cell: function (row) { return row.source ? el("a", { href: "#source-" + row.source }, board.name(sources[row.source] ? sources[row.source].title : row.source, 40)) : "–"; } };
    var differs = { key: "differs", label: "Differs", num: true, value: function (row) { return row.differs; }, text: function (row) { return row.differs; },
      cell: function (row) { return row.differs ? board.differences.link(table.rows, row.differs) : "–"; } };
    var setting = { key: "setting", label: "Setting", kind: "why", value: function (row) { return row.setting; }, text: function (row) { return row.setting; }, cell: function (row) { return board.name(row.setting || "–", 120); } };
    var all = [rank, model, size].concat(aggregate_columns(table), tasks, [source, setting, differs]);
    return all.filter(function (column) {
      return !["rank", "source", "minus", "billions", "differs", "setting", "interval"].includes(column.key) || table.rows.some(function (row) { return column.value(row) !== null && column.value(row) !== undefined; });
    });
  }

  function head(table) {
    var titles = short_titles(table.tasks);
    return [el("h1", {}, board.name(table.title || table.suite, 200)),
      el("p", { class: "soft" }, board.plural(table.tasks.length, "task"), ": ", table.tasks.map(function (task, place) {
        return [place ? ", " : "", el("a", { href: board.page("index", { task: task.id }) }, board.name(titles[place]))];
      }), "."),
      table.aggregate
        ? el("p", {}, el("b", {}, board.name(table.aggregate)), ": the ", table.how === "pooled" ? "mean over all samples" : table.how || "mean", " of ", board.plural(table.of.length, "task"), " as ", board.name(table.protocol || "its protocol"),
          " defines it. A model that lacks one of them has no such number.")
        : el("p", {}, "Its authors publish no single number, so there is none here."),
      table.cite ? el("p", { class: "soft small" }, board.name(table.cite, 400)) : null];
  }

  board.suite_table = function (index, suite, table) {
    var sources = index.sources || {}, all = columns(table, sources);
    var first = table.aggregate ? "-value" : all.find(function (column) { return column.key.startsWith("task:"); }) ? "-" + all.find(function (column) { return column.key.startsWith("task:"); }).key : "model";
    var holder = el("div", {}), told = el("div", { class: "told", role: "status" }), bar = el("div", { class: "controls" }), shown = [], seen;

    function section(title, rows, sort) {
      if (!rows.length) return null;
      var fitting = all.filter(function (column) { return seen.has(column.key) && (title === null || !["rank", "interval", "minus"].includes(column.key)); });
      return el("section", { "data-part": title ? "reported" : "measured" }, title && el("h2", {}, title),
        board.table({ caption: (title ? title + ": " : "") + (table.title || table.suite), hide_caption: true, columns: fitting, rows: rows, sort: sort, turned: draw,
          row_class: function (row) { return row.kind === "reported" ? "reported" : null; } }));
    }

    function draw(sort_now, key) {
      if (typeof sort_now === "string") board.set({ sort: sort_now === first ? null : sort_now });
      var sort = board.get("sort") || first, mixed = board.get("reported") === "mixed", rows = table.rows.filter(board.filters.wanted());
      var reported = rows.filter(function (row) { return row.kind === "reported"; }), measured = rows.filter(function (row) { return row.kind === "measured"; });
      seen = board.filters.seen_columns(all, all);
      shown = board.sorted(mixed ? rows : measured, all, sort).concat(mixed ? [] : board.sorted(reported, all, sort));
      board.fill(holder, section(null, mixed ? rows : measured, sort), mixed ? null : section("Reported by others", reported, sort),
        board.differences.list(rows, table.rows), board.sources_list(rows, sources));
      board.fill(told, board.filters.told(table.rows.length - rows.length, table.rows.length, restart));
      exported.refresh();
      if (key) holder.querySelector('[data-sort="' + CSS.escape(key) + '"]').focus();
    }

    function restart() {
      board.fill(bar, board.filters.controls(table.rows, draw, true),
        board.filters.columns_menu(all.filter(function (one) { return !one.picture; }), board.filters.seen_columns(all, all), function (again) {
          if (again) restart();
          draw();
        }));
      draw();
    }

    var exported = board.exporting.field(function () {
      return { columns: all.filter(function (one) { return one.text && seen.has(one.key); }), rows: shown, caption: table.title || table.suite, name: "affectbench-" + table.key };
    });
    restart();
    return [head(table), bar, told, holder, exported];
  };
})();
