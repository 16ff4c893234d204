"use strict";
/* Two runs of a task: how far apart, could chance have made it, and on which samples. */
(function () {
  var el = board.el;
  var WITHOUT_ASKING = 3000, MOST_LISTED = 200;

  function title_of(row) {
    return row.model + (row.variant && row.variant !== "base" ? ", " + row.variant : "");
  }

  function chooser(name, label, options, now, chosen) {
    var select = el("select", { id: "choose-" + name, on: { change: function () { chosen(select.value); } } },
      el("option", { value: "" }, "choose …"),
      options.map(function (one) { return el("option", { value: one[0], selected: one[0] === now }, one[1]); }));
    return el("label", { class: "field" }, label, select);
  }

  function shown(words) {
    return board.name(words, 70).textContent;
  }

  function choosers(index, table, again) {
    var tasks = index.tasks.filter(function (task) { return task.runs > 1; }).map(function (task) { return [task.id, shown(task.title || task.id)]; });
    var runs = table ? table.rows.filter(function (row) { return row.kind === "measured" && row.key; }).map(function (row) { return [row.key, shown(title_of(row) + "  " + board.score(row.value, table.range))]; }) : [];
    return el("div", { class: "controls" },
      chooser("task", "Task", tasks, board.get("task"), function (value) { board.set({ task: value, a: null, b: null }); again(); }),
      table && chooser("a", "First run", runs, board.get("a"), function (value) { board.set({ a: value }); again(); }),
      table && chooser("b", "Second run", runs, board.get("b"), function (value) { board.set({ b: value }); again(); }),
      table && el("button", { type: "button", on: { click: function () { board.set({ a: board.get("b"), b: board.get("a") }); again(); } } }, "Swap"));
  }

  /* Why two runs do not compare, in words; null where they do. */
  function refusal(a, b) {
    var one = a.results, other = b.results;
    if (a.key === b.key) return "These are one and the same run.";
    if (one.task !== other.task) return "They are of different tasks.";
    if (one.protocol !== other.protocol) return "They follow different protocols: " + one.protocol + " and " + other.protocol + ".";
    if (board.words(one.versions) !== board.words(other.versions)) return "They were scored by different versions of task or metrics.";
    if (one.mock !== other.mock) return "One of them is on mock data.";
    if (one.n !== other.n) return "They answered different samples: " + one.n + " and " + other.n + ".";
    var parts = ["ablate", "perturb", "fold"].filter(function (name) { return board.words((a.manifest.variant || {})[name]) !== board.words((b.manifest.variant || {})[name]); });
    return parts.length ? "They were not shown the same: " + parts.join(", ") + ". The difference is then one of what was shown, too." : null;
  }

  function whole(results, metric) {
    return (results.scores || []).find(function (one) { return one.metric === metric && one.over === "all" && one.label === null && one.fold === null && one.group === null; }) || {};
  }

  function side_by_side(a, b, table) {
    var metrics = (a.results.scores || []).filter(function (one) { return one.over === "all" && one.label === null && one.fold === null && one.group === null; }).map(function (one) { return one.metric; });
    function pair(results) { return function (metric) { var one = whole(results, metric); return [number(one.value), " ", el("span", { class: "range" }, typeof one.low === "number" ? number(one.low) + " to " + number(one.high) : "")]; }; }
    return board.table({ caption: "Scores of both runs, each with its own 95 % interval; whether they differ is asked below", rows: metrics, columns: [
      { key: "metric", label: "Metric", header: true, cell: function (metric) { return el("span", { class: metric === table.metric ? "best" : null }, board.metric(metric)); } },
      { key: "a", label: "First", num: true, cell: pair(a.results) }, { key: "b", label: "Second", num: true, cell: pair(b.results) },
      { key: "d", label: "First − second", num: true, cell: function (metric) {
        var x = whole(a.results, metric).value, y = whole(b.results, metric).value;
        return typeof x === "number" && typeof y === "number" ? board.signed(x - y, null) : "–";
      } }
    ] });
  }

  function number(value) {
    return typeof value === "number" ? value.toFixed(3).replace("-", "−") : "–";
  }

  /* ---- what `affectbench compare` computed when the site was built ---- */
  async function stored(known, a, b) {
    var page = await board.load("tasks/" + known.key);
    if (!page.pairs) return null;
    var all = await board.load("pairs/" + known.key), ids = [a.results.run, b.results.run];
    var found = (all.pairs || []).find(function (one) { return one.runs.length === 2 && one.runs.every(function (run) { return ids.includes(run.run); }); });
    return found || null;
  }

  function from_stored(found, a, table) {
    var pair = found.pairs[0], first = found.runs[pair.first].run === a.results.run, sign = first ? 1 : -1;
    var rows = pair.differences.filter(function (one) { return one.label === null; });
    var columns = [
      { key: "metric", label: "Metric", header: true, cell: function (one) { return board.metric(one.metric); } },
      { key: "value", label: "First − second", num: true, cell: function (one) { return typeof one.value === "number" ? board.signed(sign * one.value, null) : "–"; } },
      { key: "interval", label: "95 % interval", num: true, cell: function (one) {
        return typeof one.low !== "number" ? "–" : el("span", { class: "range" }, first ? number(one.low) + " to " + number(one.high) : number(-one.high) + " to " + number(-one.low));
      } },
      { key: "p", label: "p (randomisation)", num: true, cell: function (one) { return board.p_value(one.p); } },
      { key: "mcnemar", label: "p (McNemar)", num: true, cell: function (one) { return board.p_value(one.p_mcnemar); } },
      { key: "detectable", label: "Smallest difference found in 4 of 5 cases", num: true, cell: function (one) { return number(one.detectable); } }
    ];
    var main = rows.find(function (one) { return one.metric === table.metric; }) || rows[0], split = main && main.split;
    return [el("p", {}, "Paired, on the same ", board.plural(found.n, "sample"), found.clustered ? " in " + board.count(found.units) + " clusters" : "", ", ", board.count(found.resamples), " draws; computed when this site was built."),
      split ? four(first ? split : { both: split.both, only_first: split.only_second, only_second: split.only_first, neither: split.neither }) : null,
      board.table({ caption: "Differences", hide_caption: true, columns: columns, rows: rows })];
  }

  function four(split) {
    return el("p", {}, board.plural(split.both, "sample"), " right by both, ", el("b", {}, board.count(split.only_first)), " by the first alone, ", el("b", {}, board.count(split.only_second)), " by the second alone, ", board.count(split.neither), " by neither.");
  }

  /* ---- in the page, from samples and published gold ---- */
  async function lines_of(run, tell) {
    var source = board.samples.source("runs/" + run.key + "/samples"), found = new Map();
    for (var number = 0; number < run.chunks; number += 1) {
      tell(run.model + ": " + number + " of " + run.chunks);
      (await source(number)).map(board.samples.parsed).forEach(function (line) {
        if (line && typeof line.id === "string") found.set(line.id + "\n" + (line.repeat || 0), line);
      });
    }
    return found;
  }

  async function gold_of(run, tell) {
    var found = new Map();
    if (!run.gold) return found;
    var source = board.samples.source("runs/" + run.key + "/gold"), most = Math.ceil(run.results.n / run.per_chunk);
    for (var number = 0; number < most; number += 1) {
      tell("gold: " + number + " of " + most);
      (await source(number)).map(board.samples.parsed).forEach(function (one) { if (one && typeof one.id === "string") found.set(one.id, one); });
    }
    return found;
  }

  function answer(line) {
    return line && line.status === "ok" && line.parsed ? line.parsed.value : null;
  }

  async function look(a, b, tell) {
    var first = await lines_of(a, tell), second = await lines_of(b, tell), gold = await gold_of(a.gold ? a : b, tell);
    var split = { both: 0, only_first: 0, only_second: 0, neither: 0 }, differ = [], unlike = 0, clustered = false, repeats = false, labelled = gold.size > 0;
    first.forEach(function (line, key) {
      var other = second.get(key), known = gold.get(line.id), said = [answer(line), answer(other)];
      if (!other) unlike += 1;
      if (line.repeat) repeats = true;
      if (known && known.cluster !== undefined && known.cluster !== null) clustered = true;
      var label = known && known.gold ? known.gold.label : undefined;
      if (typeof label !== "string") labelled = false;
      else {
        var right = said.map(function (value) { return value === label; });
        split[right[0] ? (right[1] ? "both" : "only_first") : right[1] ? "only_second" : "neither"] += 1;
      }
      if (board.words(said[0]) !== board.words(said[1])) differ.push({ id: line.id, repeat: line.repeat || 0, gold: known ? board.samples.gold_value(known.gold) : null, answers: said });
    });
    return { split: split, differ: differ, unlike: unlike + Math.max(0, second.size - first.size), clustered: clustered, repeats: repeats, labelled: labelled, n: first.size };
  }

  function command(a, b) {
    return [el("p", {}, "This tests the difference in every metric, with clusters drawn together:"), el("pre", { tabindex: "0" }, "affectbench compare RUN-" + a.results.run + " RUN-" + b.results.run)];
  }

  function from_samples(found, a, b, metric) {
    if (found.unlike) return [el("p", { class: "fault" }, board.plural(found.unlike, "sample"), " of one run are not in the other: nothing is tested.")];
    if (!found.labelled) return [el("p", { class: "note" }, "The gold of these samples is not published, or is no single label: the test is not computed in the page."), command(a, b)];
    var d = board.stats.difference(found.split);
    var independent = !found.clustered && !found.repeats, p = independent ? board.stats.mcnemar(found.split.only_first, found.split.only_second) : null;
    return [four(found.split),
      el("div", { class: "tiles" },
        tile("difference in accuracy, points", board.signed(d.value, [0, 1]), independent ? board.signed(d.low, [0, 1]) + " to " + board.signed(d.high, [0, 1]) : null),
        independent ? tile("p (McNemar, exact)", board.p_value(p), "computed in this page") : null),
      independent ? null : el("p", { class: "note" }, found.repeats ? "Samples were asked more than once" : "Samples come in clusters, such as the pictures of one person", ", so they are not independent and McNemar's test does not hold."),
      independent && metric === "accuracy" ? null : command(a, b)];
  }

  function tile(what, value, more) {
    return el("div", {}, el("div", { class: "what" }, what), el("div", { class: "big" }, value), more ? el("div", { class: "range" }, more) : null);
  }

  function differing(rows, all, a, b) {
    if (!rows.length) return el("p", { class: "soft" }, "No sample was answered differently.");
    function said(place, run) {
      return function (row) {
        var value = row.answers[place], right = typeof row.gold === "string" && value === row.gold;
        return el("a", { href: board.page("run", { run: run.key, sample: row.id }) + "#samples" },
          value === null || value === undefined ? el("i", {}, "no answer") : el("span", { class: typeof row.gold === "string" ? (right ? "right" : "wrong") : null }, board.name(board.words(value), 80), typeof row.gold === "string" ? (right ? " ✓" : " ✗") : ""));
      };
    }
    return [el("p", { class: "soft small" }, board.plural(all, "sample") + " answered differently" + (rows.length < all ? ", the first " + rows.length : "") + "."),
      board.sorting({ caption: "Samples that differ", hide_caption: true, rows: rows, columns: [
        { key: "id", label: "Sample", header: true, value: function (r) { return r.id; }, cell: function (r) { return board.name(r.id, 60); } },
        { key: "gold", label: "Gold", value: function (r) { return board.words(r.gold); }, cell: function (r) { return r.gold === null || r.gold === undefined ? "not published" : board.name(board.words(r.gold), 80); } },
        { key: "first", label: "First", value: function (r) { return board.words(r.answers[0]); }, cell: said(0, a) },
        { key: "second", label: "Second", value: function (r) { return board.words(r.answers[1]); }, cell: said(1, b) }
      ] })];
  }

  /* The test and the samples: what was stored, else what the samples say. */
  async function tested(known, table, a, b, holder) {
    var told = el("p", { class: "soft", role: "status" });
    var found = await stored(known, a, b);
    if (found) board.fill(holder.test, from_stored(found, a, table));
    async function read() {
      board.fill(holder.samples, told);
      var seen = await look(a, b, function (words) { board.fill(told, "reading ", board.name(words, 80)); });
      if (!found) board.fill(holder.test, from_samples(seen, a, b, table.metric));
      board.fill(holder.samples, differing(seen.differ.slice(0, MOST_LISTED), seen.differ.length, a, b));
    }
    if (Math.max(a.lines || 0, b.lines || 0) <= WITHOUT_ASKING) return read();
    if (!found) board.fill(holder.test, el("p", {}, "Read the samples to test the difference."));
    board.fill(holder.samples, el("button", { type: "button", on: { click: function () { read().catch(function (error) { board.fill(holder.samples, board.fault(error)); }); } } },
      "Read " + board.count(a.lines + b.lines) + " lines and show what differs"));
  }

  async function two(known, table) {
    var runs = await Promise.all(["a", "b"].map(function (name) {
      if (!board.is_key(board.get(name))) throw new Error("no run of this name: " + board.get(name));
      return board.load("runs/" + board.get(name) + "/run");
    }));
    var a = runs[0], b = runs[1], refused = refusal(a, b), holder = { test: el("div", {}), samples: el("div", {}) };
    var heads = [a, b].map(function (run, place) {
      return el("p", {}, el("b", {}, place ? "Second: " : "First: "), el("a", { href: board.page("run", { run: run.key }) }, board.name(title_of({ model: run.model, variant: run.results.variant }))), " ",
        el("span", { class: "soft" }, board.words(Object.fromEntries(Object.entries(run.results.status || {}).filter(function (one) { return one[1]; })))));
    });
    if (refused) return [heads, el("div", { class: "fault", role: "alert" }, el("p", {}, board.name(refused, 300))), a.key === b.key ? null : side_by_side(a, b, table)];
    tested(known, table, a, b, holder).catch(function (error) { board.fill(holder.test, board.fault(error)); });
    return [heads, side_by_side(a, b, table), el("h2", {}, "Is the difference real?"), holder.test, el("h2", {}, "Samples that differ"), holder.samples];
  }

  board.begin("compare", async function (index) {
    var holder = el("div", {});
    async function draw() {
      board.title("Compare two runs · " + (index.title || "affectbench"));
      var known = index.tasks.find(function (one) { return one.id === board.get("task"); });
      var table = known ? await board.load("tables/" + known.key) : null;
      var below = known && board.get("a") && board.get("b") ? await two(known, table).catch(function (error) { return board.fault(error); }) : el("p", { class: "soft" }, "Choose a task and two of its runs.");
      board.fill(holder, choosers(index, table, draw), below);
    }
    await draw();
    return [el("h1", {}, "Compare two runs"), holder];
  });
})();
