"use strict";
/* The columns of the table of a task. */
(function () {
  var el = board.el;

  function chip(words, kind) {
    return el("span", { class: "chip" + (kind ? " " + kind : "") }, board.name(words, 60));
  }

  /* A model's page, a reported row's source, or the bare name. */
  function model_name(row) {
    var shown = board.name(row.model);
    return row.model_key ? el("a", { href: board.page("model", { id: row.model }) }, shown) : shown;
  }

  function chips(row) {
    var found = [];
    if (row.kind === "reported" && board.get("reported") === "mixed") found.push(chip("reported", "rep"));
    if (row.variant && row.variant !== "base") found.push(chip(row.variant));
    var tags = row.tags || [], guess = tags.includes("baseline");
    tags.forEach(function (tag) {
      if (tag !== "replay" && !(guess && /^input/.test(tag)) && !(row.uncalibrated && tag === "uncalibrated judge")) found.push(chip(tag));
    });
    if (row.holds === false && !(row.tags || []).includes("baseline")) found.push(chip("no better than guessing", "warn"));
    if (row.uncalibrated) found.push(chip("uncalibrated judge", "warn"));
    return found.length ? el("span", { class: "chips" }, found) : null;
  }

  function rank_text(row) {
    return !row.rank ? "" : row.rank[0] === row.rank[1] ? String(row.rank[0]) : row.rank[0] + "–" + row.rank[1];
  }

  function answered(row) {
    var n = ["ok", "refused", "unparsed", "errors"].reduce(function (sum, kind) { return sum + (row[kind] || 0); }, 0);
    return n ? (row.ok || 0) / n : null;
  }

  function covered(row) {
    var share = answered(row);
    if (share === null) return "–";
    var words = ["refused", "unparsed", "errors"].filter(function (kind) { return row[kind]; }).map(function (kind) {
      return row[kind] + " " + (kind === "errors" && row[kind] === 1 ? "error" : kind);
    });
    return el("div", {}, board.bars.cover(row), (100 * share).toFixed(share === 1 ? 0 : 1) + " %",
      words.length ? el("div", { class: "range" }, words.join(", ")) : null);
  }

  function value_cell(row, range) {
    if (row.value === null || row.value === undefined) {
      return el("span", { class: "withheld", title: "the score is withheld; these are its bounds" },
        typeof row.low === "number" ? "within " + board.interval(row, range) : "withheld");
    }
    var shown = board.score(row.value, range);
    return row.key ? el("a", { href: board.page("run", { run: row.key }) }, shown) : shown;
  }

  function plain(key, label, more) {
    return Object.assign({
      key: key, label: label,
      value: function (row) { return row[key]; },
      cell: function (row) { return row[key] === null || row[key] === undefined ? "–" : board.name(row[key], 60); },
      text: function (row) { return row[key]; }
    }, more || {});
  }

  function number(key, label, shown, more) {
    return plain(key, label, Object.assign({ num: true, cell: function (row) { return (shown || board.count)(row[key]); } }, more || {}));
  }

  function long_text(key, label, more) {
    return plain(key, label, Object.assign({ kind: "why", cell: function (row) { return row[key] ? board.name(row[key], 400) : "–"; } }, more));
  }

  /* Where a reported figure is printed: its source, table and setting. */
  function source_cell(row, sources) {
    if (row.kind !== "reported") return "–";
    var source = sources[row.source];
    return el("span", {}, el("a", { href: "#source-" + row.source }, board.name(source ? source.title : row.source, 46)),
      source && source.table ? [", ", board.name(source.table, 40)] : null);
  }

  function reasons(row) {
    return (row.apart || []).join("; ");
  }

  /* All columns of a table: `all` [lo, hi] and the lines make the bars of its three parts alike. */
  function columns(table, to, sources) {
    var range = table.range;
    return [
      { key: "rank", label: "Rank", num: false, kind: "num", on: true, measured: true,
        value: function (row) { return row.rank ? row.rank[0] + row.rank[1] / 1e4 : null; }, cell: rank_text, text: rank_text },
      { key: "model", label: "Model", header: true, kind: "model", on: true, always: true,
        value: function (row) { return row.model; },
        cell: function (row) { return [model_name(row), " ", chips(row)]; }, text: function (row) { return row.model; } },
      { key: "apart", label: "Why it stands apart", on: true, apart: true, kind: "why", value: reasons,
        cell: function (row) {
          return el("ul", {}, (row.apart || []).map(function (reason) { return el("li", {}, board.name(reason, 300)); }));
        }, text: reasons },
      { key: "billions", label: "Size", num: true, on: true, value: function (row) { return row.billions; },
        cell: function (row) { return row.parameters ? board.name(row.parameters, 20) : "–"; }, text: function (row) { return row.parameters; } },
      { key: "score", label: board.headed(table.metric, range), plain: table.metric, num: true, up: table.better === "lower", on: true, always: true,
        value: function (row) { return row.value; }, cell: function (row) { return value_cell(row, range); },
        text: function (row) { return row.value; } },
      { key: "interval", label: "95 % interval", num: true, on: true, value: function (row) { return row.low; },
        cell: function (row) { return el("span", { class: "range" }, board.interval(row, range) || "–"); },
        text: function (row) { return typeof row.low === "number" ? row.low + " to " + row.high : ""; } },
      { key: "bar", label: "Interval, drawn", on: true, always: true, picture: true, kind: "picture", cell: function (row) { return board.bars.bar(to, row, table); },
        head: function () { return board.bars.axis(to, range, table); } },
      number("n", "n", null, { on: true }),
      { key: "coverage", label: "Answered", num: true, on: true, measured: true, value: answered, cell: covered,
        text: function (row) { return answered(row); } },
      number("minus", "Measured − reported", function (v) { return board.signed(v, range); }, { on: false }),
      plain("modalities", "Sees", { on: true, value: function (row) { return (row.modalities || []).join(" "); },
        cell: function (row) { return (row.modalities || []).join(", ") || "–"; }, text: function (row) { return (row.modalities || []).join(" "); } }),
      number("cost", "Cost", function (v) { return typeof v === "number" ? v.toFixed(v < 1 ? 3 : 2) : "–"; }, { on: false, measured: true }),
      number("seconds", "Reply time", board.seconds, { on: true, measured: true }),
      number("prompt_tokens", "Prompt tokens", null, { on: false, measured: true }),
      plain("backend", "Backend", { on: false, measured: true }),
      plain("revision", "Revision", { on: false, measured: true, kind: "mono" }),
      plain("variant", "Variant", { on: false, measured: true }),
      plain("proof", "Input proof", { on: false, measured: true }),
      plain("open", "Weights", { on: false, value: function (row) { return weights(row); }, cell: weights, text: weights }),
      { key: "source", label: "Source", on: true, reported: true, value: function (row) { return row.source; },
        cell: function (row) { return source_cell(row, sources); }, text: function (row) { return row.source; } },
      plain("setting", "Setting", { on: true, reported: true, kind: "why" }),
      { key: "differs", label: "Differs", num: true, on: true, reported: true, value: function (row) { return row.differs; }, text: function (row) { return row.differs; },
        cell: function (row) { return row.differs ? difference_link(table.rows, row.differs) : "–"; } },
      long_text("note", "Note", { on: false, reported: true }),
      plain("printed", "As printed", { on: false, reported: true, num: true }),
      plain("split", "Split", { on: false, reported: true }),
      plain("confidence", "Confidence", { on: false, reported: true })
    ];
  }

  /* In what reported figures differ from the task: the same few texts again and again, so they are notes with numbers. */
  function differences(rows) {
    return Array.from(new Set(rows.map(function (row) { return row.kind === "reported" ? row.differs : null; }))).filter(Boolean);
  }

  function difference_link(rows, words) {
    var number = differences(rows).indexOf(words) + 1;
    return el("a", { href: "#difference-" + number, title: words.slice(0, 600), "aria-label": "known difference " + number }, String(number));
  }

  function differences_list(rows, all) {
    var used = new Set(differences(rows));
    if (!used.size) return null;
    return el("section", {}, el("h2", {}, "Known differences of protocol"), el("ol", { class: "small" }, differences(all).map(function (words, place) {
      return used.has(words) ? el("li", { id: "difference-" + (place + 1), value: place + 1 }, board.name(words, 900)) : null;
    })));
  }

  /* Where the reported figures among these rows were printed. */
  function sources_list(rows, sources) {
    var used = Array.from(new Set(rows.map(function (row) { return row.kind === "reported" ? row.source : null; }))).filter(Boolean).sort();
    if (!used.length) return null;
    return el("section", {}, el("h2", {}, "Sources"), el("ul", { class: "small" }, used.map(function (key) {
      var source = sources[key] || { title: key };
      var facts = [source.venue, String(source.venue || "").includes(String(source.year)) ? null : source.year, source.table, source.read_in && "read in " + source.read_in].filter(Boolean);
      return el("li", { id: "source-" + key }, board.name(source.title, 300), facts.length ? [" (", board.name(facts.join(", "), 200), ")"] : null, ". ",
        source.url ? [board.linked(source.url), ". "] : null, source.note ? board.name(source.note, 900) : null);
    })));
  }

  function weights(row) {
    return row.open === true ? "open" : row.open === false ? "closed" : "–";
  }

  board.sources_list = sources_list;
  board.differences = { link: difference_link, list: differences_list };
  board.columns = { all: columns, chip: chip, chips: chips, weights: weights, model_name: model_name };
})();
