"use strict";
/* A model: what it is, how it fares task by task, by group, without a modality, on worse media, and how sure it is. */
(function () {
  var el = board.el;

  function digits(value) {
    return typeof value === "number" ? String(+value.toFixed(4)) : "–";
  }

  function card(page) {
    return board.facts(Object.entries(page.card || {}).filter(function (one) {
      return one[0] !== "name" && one[1] !== null && one[1] !== undefined && !(Array.isArray(one[1]) && !one[1].length) && !(typeof one[1] === "object" && !Array.isArray(one[1]) && !Object.keys(one[1]).length);
    }).map(function (one) {
      return [one[0].replace(/_/g, " "), typeof one[1] === "string" && /^https?:/.test(one[1]) ? board.linked(one[1]) : board.words(one[1])];
    }));
  }

  /* The runs of the model, each with a bar over its own metric's range. */
  function runs(page, tasks) {
    function task(run) { return tasks.get(run.task) || {}; }
    function range(run) { return task(run).range || null; }
    var plain = page.runs;
    var columns = [
      { key: "task", label: "Task", header: true, kind: "model", value: function (r) { return r.title; },
        cell: function (r) { return [el("a", { href: board.page("index", { task: r.task }) }, board.name(r.title || r.task)), " ", board.columns.chips(r)]; } },
      { key: "rank", label: "Rank", kind: "num", value: function (r) { return r.rank ? r.rank[0] + r.rank[1] / 1e4 : null; },
        cell: function (r) { return !r.rank ? "" : (r.rank[0] === r.rank[1] ? r.rank[0] : r.rank.join("–")); } },
      { key: "metric", label: "Metric", value: function (r) { return r.metric; }, cell: function (r) { return board.headed(r.metric, range(r)); } },
      { key: "value", label: "Score", num: true, value: function (r) { return r.value; }, cell: function (r) { return el("a", { href: board.page("run", { run: r.key }) }, typeof r.value === "number" ? board.score(r.value, range(r)) : "withheld"); } },
      { key: "interval", label: "95 % interval", num: true, cell: function (r) { return el("span", { class: "range" }, board.interval(r, range(r)) || "–"); } },
      { key: "bar", label: "Interval, drawn", picture: true, cell: function (r) { return board.bars.bar(board.bars.scale(range(r), [r.value, r.low, r.high], 170), r, task(r)); } },
      { key: "n", label: "n", num: true, value: function (r) { return r.n; }, cell: function (r) { return board.count(r.n); } },
      { key: "ok", label: "Answered", num: true, value: function (r) { return share(r); }, cell: function (r) { return share(r) === null ? "–" : (100 * share(r)).toFixed(1) + " %"; } },
      { key: "apart", label: "Not ranked because", kind: "why", value: function (r) { return (r.apart || []).join("; "); }, cell: function (r) { return board.name((r.apart || []).join("; "), 300); } }
    ];
    if (plain.every(function (r) { return !(r.apart || []).length; })) columns.pop();
    return [el("h2", {}, "Runs"), board.sorting({ caption: "Runs of this model", hide_caption: true, columns: columns, rows: plain, full: true })];
  }

  function share(row) {
    var all = (row.ok || 0) + (row.refused || 0) + (row.unparsed || 0) + (row.errors || 0);
    return all ? row.ok / all : null;
  }

  function profile(page, tasks) {
    var rows = page.runs.filter(function (r) { return r.variant === "base" && typeof r.value === "number" && !(r.apart || []).length; });
    if (rows.length < 2) return null;
    return board.chart("profile", "Profile over tasks, with 95 % intervals; dotted: chance; scores of different metrics do not compare",
      rows.map(function (r) {
        return { task: r.title || r.task, metric: board.metric(r.metric), value: r.value, low: r.low, high: r.high, chance: (tasks.get(r.task) || {}).chance };
      }), ["Task", "Metric", "Score", "from", "to", "chance"].filter(Boolean),
      rows.map(function (r) { return [r.title || r.task, board.metric(r.metric), digits(r.value), digits(r.low), digits(r.high), digits((tasks.get(r.task) || {}).chance)]; }));
  }

  function reliance(page) {
    return section("What it needs", "The plain task beside the same without a modality: what it loses, it used.", (page.variants || []).map(function (one) {
      var rows = [Object.assign({ part: "everything" }, one.base)].concat((one.ablations || []).map(function (a) { return Object.assign({ part: a.variant }, a); }));
      return rows.length < 2 ? null : bars(one, rows, "reliance");
    }));
  }

  function wordings(page) {
    return section("Wordings", "The same question in other words.", (page.variants || []).map(function (one) {
      var rows = [Object.assign({ part: "the task's wording" }, one.base)].concat((one.wordings || []).map(function (a) { return Object.assign({ part: a.variant }, a); }));
      return rows.length < 2 ? null : bars(one, rows, "reliance");
    }));
  }

  function bars(one, rows, spec) {
    return board.chart(spec, board.metric(one.metric) + " on " + (one.title || one.task), rows.map(function (row, place) {
      return { label: row.part, value: row.value, low: row.low, high: row.high, n: row.n, place: place };
    }), ["Shown", board.metric(one.metric), "from", "to"], rows.map(function (row) { return [row.part, digits(row.value), digits(row.low), digits(row.high)]; }));
  }

  function robustness(page) {
    return section("How it bears worse media", "Severity 0 is the plain task, 5 what people can barely read.", (page.variants || []).map(function (one) {
      var points = (one.perturbations || []).flatMap(function (curve) {
        return [Object.assign({ change: curve.name, severity: 0 }, pick(one.base))].concat(curve.points.filter(function (p) { return p.severity !== null; })
          .map(function (p) { return Object.assign({ change: curve.name, severity: p.severity }, pick(p)); }));
      });
      return points.length ? board.chart("robustness", board.metric(one.metric) + " on " + (one.title || one.task) + ", by severity", points, ["Change", "Severity", board.metric(one.metric), "from", "to"],
        points.map(function (p) { return [p.change, String(p.severity), digits(p.value), digits(p.low), digits(p.high)]; })) : null;
    }));
  }

  function pick(one) {
    return { value: one.value, low: one.low, high: one.high };
  }

  function calibration(page) {
    return section("How sure it is", "Answers by the probability that the model gave them. On the diagonal it is as often right as it is sure.", (page.calibration || []).map(function (one) {
      var table = one.reliability || {}, rows = (table.labels || []).map(function (bin, place) {
        return { bin: bin, confidence: (table.confidence || [])[place], accuracy: (table.accuracy || [])[place], n: count_of((table.counts || [])[place]) };
      });
      return rows.length ? board.chart("calibration", (one.title || one.task) + (one.variant && one.variant !== "base" ? ", " + one.variant : ""), rows.filter(function (r) { return typeof r.confidence === "number" && typeof r.accuracy === "number"; }),
        ["Bin", "Mean probability", "Right", "n"], rows.map(function (r) { return [r.bin, digits(r.confidence), digits(r.accuracy), board.count(r.n)]; })) : null;
    }));
  }

  function count_of(counts) {
    return Array.isArray(counts) ? counts.reduce(function (all, one) { return all + one; }, 0) : counts;
  }

  function groups(page) {
    return section("By group", "Values of fewer than 30 samples are not ranked; the bars are 95 % intervals.", (page.groups || []).flatMap(function (one) {
      return (one.groups || []).map(function (group) {
        var values = (group.values || []).filter(function (v) { return typeof v.score === "number"; });
        return values.length ? board.chart("groups", (one.title || one.task) + ", " + board.metric(group.metric) + " by " + group.name + (group.gap ? " (gap " + digits(group.gap.value) + ", p " + board.p_value(group.gap.p) + ")" : ""),
          values.map(function (v, place) { return { label: v.value, value: v.score, low: v.low, high: v.high, n: v.n, place: place }; }),
          [group.name, board.metric(group.metric), "from", "to", "n"], values.map(function (v) { return [v.value, digits(v.score), digits(v.low), digits(v.high), board.count(v.n)]; })) : null;
      });
    }));
  }

  function section(title, note, charts) {
    var drawn = charts.filter(Boolean);
    return drawn.length ? [el("h2", {}, title), el("p", { class: "soft small" }, note), el("div", { class: "pair" }, drawn)] : null;
  }

  /* Without an id: all models. */
  function all(index) {
    board.title("Models · " + (index.title || "affectbench"));
    return [el("h1", {}, "Models"), board.sorting({ caption: board.plural(index.models.length, "model"), rows: index.models, sort: "model", full: true, columns: [
      { key: "model", label: "Model", header: true, kind: "model", value: function (m) { return m.name; }, cell: function (m) { return el("a", { href: board.page("model", { id: m.name }) }, board.name(m.name)); } },
      { key: "billions", label: "Size", num: true, value: function (m) { return m.billions; }, cell: function (m) { return board.name(m.parameters || "–", 20); } },
      { key: "backend", label: "Backend", value: function (m) { return m.backend; }, cell: function (m) { return board.name(m.backend || "–", 30); } },
      { key: "open", label: "Weights", value: board.columns.weights, cell: board.columns.weights },
      { key: "tasks", label: "Tasks", num: true, value: function (m) { return m.tasks; }, cell: function (m) { return board.count(m.tasks); } },
      { key: "runs", label: "Runs", num: true, value: function (m) { return m.runs; }, cell: function (m) { return board.count(m.runs); } }
    ] })];
  }

  board.begin("model", async function (index) {
    if (board.get("id") === null) return all(index);
    var known = index.models.find(function (one) { return one.name === board.get("id"); });
    if (!known) throw new Error("no model of this name: " + board.get("id"));
    var page = await board.load("models/" + known.key), tasks = new Map(index.tasks.map(function (task) { return [task.id, task]; }));
    board.title(page.name + " · " + (index.title || "affectbench"));
    return [el("h1", {}, board.name(page.name, 200)), card(page), runs(page, tasks), profile(page, tasks), reliance(page), robustness(page), wordings(page), calibration(page), groups(page)];
  });
})();
