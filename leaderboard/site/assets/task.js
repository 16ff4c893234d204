"use strict";
/* A task: what is asked, of whose data, by which rules, and how the runs fared label by label and group by group. */
(function () {
  var el = board.el;

  function data_facts(task) {
    var data = task.dataset || {}, access = task.access || {}, publish = access.publish || {};
    var shown = Object.keys(publish).filter(function (what) { return publish[what]; });
    return [el("h2", {}, "Data"), board.facts([
      ["Dataset", data.title || data.id],
      ["Licence", access.licence],
      ["Who gets it", access.kind],
      ["Where", access.url ? board.linked(access.url) : null],
      ["How", access.how],
      ["Sent to servers", access.send === "local" ? "no: the data stay on the user's machine" : access.send === "any" ? "allowed" : null],
      ["Shown here", shown.length ? shown.join(", ") : "neither media nor labels nor text: digests and facts stand in their place"],
      ["Split", task.split],
      ["Layout checked", data.verified === false ? "no: nobody of this project has seen these files" : null]
    ])];
  }

  function protocol_facts(task) {
    return [el("h2", {}, "Protocol"), board.facts([
      ["Protocol", task.protocol],
      ["Version", String(task.version)],
      ["Answer", task.form],
      ["Main metric", board.metric(task.metric)],
      ["All metrics", (task.metrics || []).map(function (one) { return board.metric(one.name); }).join(", ")],
      ["Differs from the source", task.approximate ? board.text(task.approximate) : null],
      ["To cite", (task.cite || []).length ? task.cite.map(function (one) { return el("div", {}, board.linked(one)); }) : null]
    ])];
  }

  function turn(role, words) {
    return el("div", { class: "turn" }, el("span", { class: "who" }, board.name(role)), board.text(words));
  }

  function prompt(task) {
    var template = task.prompt || {}, rendered = task.rendered;
    return [el("h2", {}, "Prompt"),
      rendered && rendered.length
        ? [el("p", { class: "soft small" }, "As the first sample was asked; media as placeholders."), rendered.map(function (one) { return turn(one.role, one.text); })]
        : el("p", { class: "note" }, "The text of this dataset may not be published, or no run shows it: below is the template."),
      el("details", { open: !(rendered && rendered.length) }, el("summary", {}, "Template ", board.name(template.id || "")),
        template.system ? turn("system", template.system) : null, template.user ? turn("user", template.user) : null,
        (template.turns || []).map(function (one) { return turn("user, later", typeof one === "string" ? one : one.user || ""); }))];
  }

  /* The labels with how many samples each has, as a run's table of confusions counts them. */
  function labels(task, confusion) {
    var rows = task.labels || [], counts = new Map();
    if (!rows.length) return null;
    if (confusion) confusion.labels.forEach(function (label, place) { counts.set(label, sum(confusion.counts[place] || [])); });
    var all = sum(Array.from(counts.values()));
    return [el("h2", {}, "Labels"), board.plain(all ? board.plural(all, "sample") + " of the run chosen above" : "In the order of the task", all ? ["Label", "Samples", "Share"] : ["Label"],
      rows.map(function (one) {
        var n = counts.get(one.name);
        return all ? [one.name, board.count(n || 0), (100 * (n || 0) / all).toFixed(1) + " %"] : [one.name];
      }), [1, 2])];
  }

  function sum(counts) {
    return counts.reduce(function (all, count) { return all + count; }, 0);
  }

  function digits(value) {
    return typeof value === "number" ? String(+value.toFixed(4)) : "–";
  }

  function title_of(run) {
    return run.model + (run.variant && run.variant !== "base" ? ", " + run.variant : "");
  }

  function forest(task, table) {
    var rows = table.rows.filter(function (row) { return row.kind === "measured" && typeof row.value === "number"; }).slice(0, 60);
    if (!rows.length) return null;
    var lines = ["chance", "majority", "human"].filter(function (line) { return typeof table[line] === "number"; })
      .map(function (line) { return { line: line === "human" ? "people" : line, at: table[line] }; });
    var names = new Set();
    var shown = rows.map(function (row) {
      var name = names.has(title_of(row)) ? title_of(row) + " (" + row.run + ")" : title_of(row);
      names.add(name);
      return { name: name, value: row.value, low: row.low, high: row.high, ranked: !(row.apart || []).length };
    });
    return board.chart("forest", board.metric(table.metric) + " of each run, with 95 % intervals; faded: not ranked", shown.concat(lines),
      ["Run", board.metric(table.metric), "from", "to", "ranked"], shown.map(function (row) { return [row.name, digits(row.value), digits(row.low), digits(row.high), row.ranked ? "yes" : "no"]; }));
  }

  /* Counts as shares of each gold label; the last column is what was no answer. */
  function confusion(table) {
    if (!table || !table.labels) return null;
    var last = table.counts.length ? table.counts[0].length - 1 : 0; // the column of what is no answer
    var columns = table.labels.slice(0, last).concat("no answer");
    var rows = [];
    table.counts.forEach(function (counts, gold) {
      var all = sum(counts);
      counts.forEach(function (count, said) {
        rows.push({ gold: table.labels[gold], said: columns[said], count: count, share: all ? count / all : 0, gold_at: gold, said_at: said });
      });
    });
    return board.chart("confusion", "What was said for each label: a row is a gold label, shades are shares of the row", rows, ["Gold"].concat(columns),
      table.counts.map(function (counts, gold) { return [table.labels[gold]].concat(counts.map(board.count)); }));
  }

  function recall(results) {
    var rows = (results.scores || []).filter(function (one) { return one.metric === "recall" && one.over === "all" && one.label !== null && one.fold === null && one.group === null; });
    if (!rows.length) return null;
    return board.chart("recall", "Recall of each label, with 95 % intervals", rows.map(function (one, place) {
      return { label: one.label, value: one.value, low: one.low, high: one.high, n: one.n, place: place };
    }), ["Label", "Recall", "from", "to", "n"], rows.map(function (one) { return [one.label, digits(one.value), digits(one.low), digits(one.high), board.count(one.n)]; }));
  }

  function groups(results) {
    return (results.groups || []).map(function (group) {
      var values = (group.values || []).filter(function (one) { return typeof one.score === "number"; });
      if (!values.length) return null;
      return board.chart("groups", board.metric(group.metric) + " by " + group.name + (group.gap ? ": gap " + digits(group.gap.value) + ", p " + board.p_value(group.gap.p) : ""),
        values.map(function (one, place) { return { label: one.value, value: one.score, low: one.low, high: one.high, n: one.n, place: place }; }),
        [group.name, board.metric(group.metric), "from", "to", "n"], values.map(function (one) { return [one.value, digits(one.score), digits(one.low), digits(one.high), board.count(one.n)]; }));
    });
  }

  /* The largest gap of each group of each run: all runs where they are few, else by wish. */
  function gaps(task, table, keys) {
    var holder = el("div", {});
    async function show() {
      var runs = await Promise.all(keys.map(function (key) { return board.load("runs/" + key + "/run").catch(function () { return null; }); }));
      var rows = runs.filter(Boolean).flatMap(function (run) { return (run.results.groups || []).map(function (group) { return { run: run, group: group }; }); });
      if (rows.length) board.fill(holder, gap_table(rows, table.range));
    }
    if (keys.length <= 12) show();
    else board.fill(holder, el("button", { type: "button", on: { click: show } }, "Gaps of all " + keys.length + " runs"));
    return holder;
  }

  function gap_table(rows, range) {
    function gap(row, name) { return row.group.gap ? row.group.gap[name] : null; }
    return [el("h2", {}, "Gaps between groups"), el("p", { class: "soft small" }, "How far apart the best and the worst value of a group are, among values of at least 30 samples. p: of a permutation test."),
      board.sorting({ caption: "Largest gaps", hide_caption: true, rows: rows, sort: "-gap", columns: [
        { key: "model", label: "Run", header: true, kind: "model", value: function (r) { return r.run.model; },
          cell: function (r) { return el("a", { href: board.page("run", { run: r.run.key }) }, board.name(r.run.model + (r.run.results.variant !== "base" ? ", " + r.run.results.variant : ""))); } },
        { key: "group", label: "Group", value: function (r) { return r.group.name; }, cell: function (r) { return board.name(r.group.name); } },
        { key: "best", label: "Best", value: function (r) { return r.group.best; }, cell: function (r) { return board.name(r.group.best || "–"); } },
        { key: "worst", label: "Worst", value: function (r) { return r.group.worst; }, cell: function (r) { return board.name(r.group.worst || "–"); } },
        { key: "gap", label: "Gap", num: true, value: function (r) { return gap(r, "value"); }, cell: function (r) { return board.score(gap(r, "value"), range); } },
        { key: "interval", label: "95 % interval", num: true, cell: function (r) { return el("span", { class: "range" }, r.group.gap ? board.interval(r.group.gap, range) : "–"); } },
        { key: "p", label: "p", num: true, up: true, value: function (r) { return gap(r, "p"); }, cell: function (r) { return board.p_value(gap(r, "p")); } },
        { key: "note", label: "Why not", kind: "why", cell: function (r) { return r.group.note ? board.name(r.group.note, 200) : ""; } }
      ] })];
  }

  /* Confusions, recall, groups and label counts of one run that is chosen. */
  function by_label(task, table) {
    var runs = table.rows.filter(function (row) { return row.kind === "measured" && row.key; });
    if (!runs.length) return labels(task, null);
    var holder = el("div", {});
    async function show(key) {
      var run = await board.load("runs/" + key + "/run"), matrix = (run.results.tables || {}).confusion;
      var charts = [confusion(matrix), recall(run.results), groups(run.results)].flat(2).filter(Boolean);
      board.fill(holder, charts.length ? el("div", { class: "pair" }, charts) : el("p", { class: "soft" }, "This run has no numbers by label or group."), labels(task, matrix));
    }
    var chosen = (runs.find(function (run) { return run.key === board.get("run"); }) || runs[0]).key;
    var select = el("select", { id: "by-label", on: { change: function () { board.set({ run: select.value }); show(select.value); } } },
      runs.map(function (run) { return el("option", { value: run.key, selected: run.key === chosen }, board.name(title_of(run), 80).textContent); }));
    show(chosen).catch(function (error) { board.fill(holder, board.fault(error)); });
    return [el("h2", {}, "Label by label, group by group"), el("p", {}, el("label", { for: "by-label" }, "Run "), select), holder];
  }

  function pitfalls(task) {
    var all = ((task.dataset || {}).pitfalls || []).concat((task.dataset || {}).notes || []);
    return all.length ? el("details", {}, el("summary", {}, "Known pitfalls of the data"), el("ul", {}, all.map(function (one) {
      return el("li", {}, board.name(typeof one === "string" ? one : board.words(one), 600));
    }))) : null;
  }

  board.begin("task", async function (index) {
    var known = index.tasks.find(function (one) { return one.id === board.get("id"); });
    if (!known) throw new Error("no task of this name: " + board.get("id"));
    var both = await Promise.all([board.load("tasks/" + known.key), board.load("tables/" + known.key)]), task = both[0], table = both[1];
    var keys = table.rows.filter(function (row) { return row.kind === "measured" && row.key; }).map(function (row) { return row.key; });
    board.title((task.title || task.id) + " · " + (index.title || "affectbench"));
    return [el("h1", {}, board.name(task.title || task.id, 200)),
      el("p", { class: "soft" }, board.name(task.id), task.family ? [", ", board.name(task.family)] : null, ". ", el("a", { href: board.page("index", { task: task.id }) }, "Its table"),
        keys.length > 1 ? [", ", el("a", { href: board.page("compare", { task: task.id }) }, "compare its runs")] : null, "."),
      el("div", { class: "pair" }, el("div", {}, data_facts(task), pitfalls(task)), el("div", {}, protocol_facts(task))),
      prompt(task), keys.length ? el("h2", {}, "Runs") : null, board.bars.legend(table, table.range), forest(task, table), by_label(task, table), gaps(task, table, keys)];
  });
})();
