"use strict";
/* A run: its number and what stands behind it, down to each sample. */
(function () {
  var el = board.el;

  function main_score(results) {
    return (results.scores || []).find(function (one) {
      return one.metric === results.main && one.over === "all" && one.label === null && one.fold === null && one.group === null;
    }) || {};
  }

  function tile(what, shown, more) {
    return el("div", {}, el("div", { class: "what" }, what), el("div", { class: "big" }, shown), more ? el("div", { class: "range" }, more) : null);
  }

  function tiles(run, range) {
    var results = run.results, main = main_score(results), status = results.status || {};
    var all = Object.values(status).reduce(function (sum, n) { return sum + n; }, 0);
    return el("div", { class: "tiles" },
      tile(board.headed(results.main, range), typeof main.value === "number" ? board.score(main.value, range) : "withheld",
        [board.interval(main, range), main.interval ? " " + main.interval : ""]),
      tile("samples", board.count(results.n), results.partial ? "a part of the task" : null),
      tile("answered", all ? (100 * (status.ok || 0) / all).toFixed(1) + " %" : "–",
        Object.entries(status).filter(function (one) { return one[0] !== "ok" && one[1]; }).map(function (one) { return one[1] + " " + one[0].replace("_", " "); }).join(", ")),
      results.usage && results.usage.prompt_tokens ? tile("prompt tokens", board.count(results.usage.prompt_tokens)) : null);
  }

  function verified(run) {
    var facts = run.submitted;
    if (!facts) return null;
    return el("div", { class: "note" }, el("b", {}, "As submitted. "), "This run was made elsewhere; what was checked of it: ", board.name(board.words(facts), 500));
  }

  function remarks(run, row) {
    var results = run.results, above = results.above || {}, found = [];
    if (row && (row.apart || []).length) found.push(["Not ranked: ", row.apart.join("; "), "."]);
    if (results.observed === false) found.push(["Input not observed: the backend was sent nothing that can be checked."]);
    if (results.proof && results.proof.state === "not shown") found.push(["It is not shown that the model took in the media: ", results.proof.reason || "", "."]);
    if (above.holds === false) found.push(["Not better than ", above.baseline, " (", board.score(above.value, [0, 0]), ")."]);
    if (Object.keys(results.served || {}).length > 1) found.push(["More than one model answered: ", Object.entries(results.served).map(function (one) { return one.join(" "); }).join(", "), "."]);
    return found.map(function (words) { return el("p", { class: "note" }, board.name(words.join(""), 600)); });
  }

  function model_facts(card) {
    return Object.entries(card || {}).filter(function (one) { return one[1] !== null && one[1] !== undefined && !(Array.isArray(one[1]) && !one[1].length); })
      .map(function (one) { return [one[0].replace(/_/g, " "), /^https?:/.test(one[1]) ? board.linked(one[1]) : board.words(one[1])]; });
  }

  function proof(results) {
    var found = results.proof;
    if (!found) return "nothing to show";
    if (found.state !== "shown") return "not shown: " + (found.reason || "");
    return "shown: " + board.words(found.with_media) + " tokens with the media of sample " + found.sample + ", without: " + board.words(found.without);
  }

  function manifest(run) {
    var m = run.manifest, task = m.task || {}, results = run.results;
    return [el("h2", {}, "How it was run"), el("div", { class: "pair" },
      el("div", {}, el("h3", {}, "Task"), board.facts([
        ["Run", run.results.run], ["Task", el("a", { href: board.page("task", { id: run.task }) }, board.name(run.task))],
        ["Protocol", results.protocol], ["Versions", board.words(results.versions)],
        ["Dataset", board.words(m.dataset)], ["Split", task.split], ["Prompt", (m.prompt || {}).id], ["Variant", results.variant],
        ["Answer", task.answer ? board.words(task.answer) : null], ["Settings", board.words(m.settings)], ["Repeats", task.repeats > 1 ? String(task.repeats) : null],
        ["Differs from the source", task.approximate], ["Data", m.data ? board.words(m.data) : null]])),
      el("div", {}, el("h3", {}, "Model"), board.facts(model_facts(m.model)), el("h3", {}, "Input"), board.facts([["Proof of input", proof(results)],
        ["Answered by", board.words(results.served)], ["Tokens", results.usage ? board.words(results.usage) : null]]))),
    el("details", {}, el("summary", {}, "Manifest"), el("pre", { tabindex: "0" }, board.text(JSON.stringify(m, null, 1))))];
  }

  function is_whole(one) {
    return one.label === null && one.fold === null && one.group === null;
  }

  function scores(run) {
    var results = run.results, lines = Object.keys(results.baselines || {});
    var rows = (results.scores || []).filter(function (one) { return is_whole(one) && one.over === "all"; });
    var only_ok = new Map((results.scores || []).filter(function (one) { return is_whole(one) && one.over === "ok"; }).map(function (one) { return [one.metric, one]; }));
    var columns = [
      { key: "metric", label: "Metric", header: true, cell: function (one) { return board.metric(one.metric); } },
      { key: "value", label: "All samples", num: true, cell: function (one) { return digits(one.value); } },
      { key: "interval", label: "95 % interval", num: true, cell: function (one) { return el("span", { class: "range" }, span(one)); } },
      { key: "by", label: "Found by", cell: function (one) { return one.interval || "–"; } },
      { key: "ok", label: "Answered only", num: true, cell: function (one) { var other = only_ok.get(one.metric); return other ? digits(other.value) : "–"; } },
      { key: "n", label: "n", num: true, cell: function (one) { return board.count(one.n); } },
      { key: "missing", label: "A missing answer is", cell: function (one) { return board.name(one.missing || "–"); } }
    ].concat(lines.map(function (line) {
      return { key: line, label: line === "human" ? "people" : line, num: true, cell: function (one) { return digits((results.baselines[line] || {})[one.metric]); } };
    }));
    return [el("h2", {}, "Scores"), board.table({ caption: "Scores of the run", hide_caption: true, columns: columns, rows: rows }), labels(results), groups(results), judged(results)];
  }

  function digits(value) {
    return typeof value === "number" ? value.toFixed(3).replace("-", "−") : "–";
  }

  function span(one) {
    return typeof one.low === "number" && typeof one.high === "number" ? digits(one.low) + " to " + digits(one.high) : "–";
  }

  function labels(results) {
    var rows = (results.scores || []).filter(function (one) { return one.label !== null && one.over === "all" && one.fold === null && one.group === null; });
    if (!rows.length) return null;
    return el("details", {}, el("summary", {}, "By label"), board.plain("By label", ["Metric and label", "Value", "95 % interval", "n"], rows.map(function (one) {
      return [board.metric(one.metric) + ", " + one.label, digits(one.value), span(one), board.count(one.n)];
    }), [1, 2, 3]));
  }

  function groups(results) {
    return (results.groups || []).map(function (group) {
      return el("details", {}, el("summary", {}, "By ", board.name(group.name), group.gap ? ": gap " + digits(group.gap.value) + ", p " + board.p_value(group.gap.p) : ""),
        board.plain("By " + group.name, ["Value", board.metric(group.metric), "95 % interval", "n"], (group.values || []).map(function (one) {
          return [one.value, digits(one.score), span(one), board.count(one.n)];
        }), [1, 2, 3]), group.note ? el("p", { class: "soft small" }, board.name(group.note, 300)) : null);
    });
  }

  function judged(results) {
    return (results.judged || []).map(function (one) {
      return el("section", {}, el("h3", {}, "Judged by ", board.name(one.judge || "several judges"), ", rubric ", board.name(one.rubric)),
        el("p", { class: one.calibration && one.calibration.passes ? "soft" : "withheld" }, !one.calibration ? "uncalibrated" : one.calibration.passes ? "calibrated with people" : "failed its calibration"),
        board.plain("Scores by the judge", ["Scale", "Value", "95 % interval", "Over", "n"], (one.scores || []).filter(function (s) { return s.group === null; }).map(function (s) {
          return [s.metric, digits(s.value), span(s), s.over, board.count(s.n)];
        }), [1, 2, 4]));
    });
  }

  function failures(run) {
    var rows = (run.failures || []).filter(function (one) { return one; });
    if (!rows.length) return null;
    var all = Object.entries(run.results.status || {}).reduce(function (sum, one) { return one[0] === "ok" ? sum : sum + one[1]; }, 0);
    return el("details", { class: "failures" }, el("summary", {}, board.plural(all, "answer") + " without a value" + (rows.length < all ? ", the first " + rows.length : "")),
      board.plain("Answers without a value", ["Sample", "Status", "Stage", "Reason"], rows.map(function (one) {
        return [el("a", { href: board.page("run", { run: run.key, sample: one.id }) + "#samples" }, board.name(one.id, 60)), one.status, [one.stage, one.kind].filter(Boolean).join(", "), one.message];
      })));
  }

  function page(index, run, table) {
    var row = table ? table.rows.find(function (one) { return one.key === run.key; }) : null;
    var range = table ? table.range : null, base = "runs/" + run.key;
    board.title(run.model + ", " + run.task + " · " + (index.title || "affectbench"));
    return [el("h1", {}, el("a", { class: "plain", href: board.page("model", { id: run.model }) }, board.name(run.model)), " on ",
      el("a", { class: "plain", href: board.page("index", { task: run.task }) }, board.name(table ? table.title || run.task : run.task))),
      row ? board.columns.chips(row) : null, tiles(run, range), verified(run), remarks(run, row),
      el("p", {}, el("a", { href: board.page("compare", { task: run.task, a: run.key }) }, "Compare with another run")),
      scores(run), manifest(run), el("h2", { id: "samples" }, "Samples"), failures(run), board.samples.browser(run, base)];
  }

  board.begin("run", async function (index) {
    var key = board.get("run");
    if (!board.is_key(key)) throw new Error("no run of this name");
    var run = await board.load("runs/" + key + "/run");
    var table = await board.load("tables/" + run.task_key).catch(function () { return null; });
    return page(index, run, table);
  }).then(function () {
    if (location.hash === "#samples" && document.getElementById("samples")) document.getElementById("samples").scrollIntoView();
  });
})();
