"use strict";
/* The samples of a run, some at a time: a chunk of lines is loaded when a line of it is looked at, and let go again.

   A line is what the run's file says, unverified: it is parsed here, and one that does not parse is shown as such. */
(function () {
  var el = board.el;
  var LETTERS = { o: "ok", r: "refused", u: "unparsed", a: "api_error", m: "media_error", j: "judge_error", "?": "cannot be read" };
  var ON_A_PAGE = 10, KEPT = 6;

  /* Chunks of lines by number, the last few of them. */
  function source(base) {
    var kept = new Map();
    return function (number) {
      if (!kept.has(number)) {
        kept.set(number, board.load(base + "-" + String(number).padStart(4, "0"), true).then(function (text) {
          var lines = String(text).split("\n");
          if (lines[lines.length - 1] === "") lines.pop();
          return lines;
        }));
        if (kept.size > KEPT) kept.delete(kept.keys().next().value);
      }
      return kept.get(number);
    };
  }

  /* A line as an object, or null where it is none. */
  function parsed(line) {
    try {
      var value = JSON.parse(line);
      return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
    } catch (error) {
      return null;
    }
  }

  function gold_value(gold) {
    if (!gold) return null;
    return ["label", "labels", "levels", "text", "votes", "ratings"].map(function (name) { return gold[name]; })
      .find(function (value) { return value !== null && value !== undefined; });
  }

  /* Whether an answer is the gold, where that can be said by looking: labels alone. */
  function is_right(line, gold) {
    if (!gold || typeof gold.label !== "string") return null;
    return Boolean(line.parsed && line.parsed.status === "ok" && line.parsed.value === gold.label);
  }

  function array(value) {
    return Array.isArray(value) ? value : [];
  }

  function medium(one) {
    var facts = [one.kind, one.width && one.width + " × " + one.height, one.frames && board.plural(one.frames, "frame"),
      one.seconds && one.seconds + " s", one.rate && one.rate + " Hz", one.format, one.bytes && board.count(one.bytes) + " bytes", one.note]
      .filter(Boolean).join(", ");
    var times = array(one.times_s).slice(0, 64).map(function (t) { return typeof t === "number" ? t.toFixed(2) : "?"; }).join(", ");
    return el("li", {}, el("b", {}, board.name(one.name)), ": ", board.name(facts, 200), one.observed === false ? el("span", { class: "withheld" }, " not decoded") : null,
      times ? el("div", { class: "soft small" }, "frames at " + times + " s") : null,
      one.digest ? el("div", { class: "soft small mono" }, board.name(one.digest, 80)) : null,
      one.source ? el("div", { class: "soft small mono" }, board.name(one.source, 120)) : null);
  }

  function reply(line, response, last) {
    var span = last && line.parsed && array(line.parsed.span).length === 2 ? line.parsed.span : null;
    if (response.error) {
      return el("div", { class: "turn" }, el("span", { class: "who" }, "error in the model's place"),
        board.text([response.error.kind, response.error.message].filter(Boolean).join(": ")));
    }
    return el("div", { class: "turn" }, el("span", { class: "who" }, "model", response.finish === "length" ? ", cut off by its length" : ""),
      response.text === "" ? el("i", {}, "an empty reply") : board.text(response.text === undefined || response.text === null ? "" : response.text, span),
      response.reasoning ? el("details", {}, el("summary", {}, "Reasoning"), board.text(response.reasoning)) : null);
  }

  function verdict(one) {
    return el("li", {}, el("b", {}, board.name(one.rubric)), " by ", board.name(one.judge), ": ",
      one.scores ? board.name(board.words(one.scores), 200) : board.name(one.status || "no verdict"),
      array(one.flags).length ? el("span", { class: "withheld" }, " the answer speaks to its judge: ", board.name(array(one.flags).join(", "))) : null,
      one.response && one.response.text ? el("details", {}, el("summary", {}, "What the judge wrote"), board.text(one.response.text)) : null);
  }

  function said(line) {
    var responses = array(line.responses);
    return [line.error ? el("div", { class: "fault" }, board.name([line.error.stage, line.error.kind].filter(Boolean).join(", ")), ": ", board.text(line.error.message || "")) : null,
      responses.map(function (one, place) { return one && reply(line, one, place === responses.length - 1); })];
  }

  /* What was read, and whether it is the gold, in a line. */
  function verdict_line(line, gold, may) {
    var right = is_right(line, gold), value = gold_value(gold), known = value !== null && value !== undefined;
    return [line.parsed && line.parsed.value !== undefined && line.parsed.value !== null ? el("span", {}, "read as ", el("b", {}, board.name(board.words(line.parsed.value), 200))) : null,
      right === null ? null : el("span", { class: right ? "right" : "wrong" }, right ? "✓ right" : "✗ wrong"),
      known && right !== true ? el("span", {}, "gold ", el("b", {}, board.name(board.words(value), 300))) : null,
      !known && !may.labels ? el("span", { class: "soft" }, "gold not published") : null,
      line.repeat ? el("span", { class: "soft" }, "repeat " + line.repeat) : null];
  }

  function aside(line, verdicts) {
    return [el("div", { class: "soft small" }, [line.parsed && line.parsed.rule ? ["rule ", board.name(line.parsed.rule, 60)] : null, usage(line)].filter(Boolean).map(function (one, place) { return [place ? ", " : "", one]; })),
      array(line.sent).length ? el("details", {}, el("summary", {}, "What was sent"), el("ul", {}, array(line.sent).map(function (one) { return one && medium(one); }))) : null,
      line.prompt ? el("details", {}, el("summary", {}, "Prompt"), array(line.prompt.messages).map(function (one) {
        return el("div", { class: "turn" }, el("span", { class: "who" }, board.name(one.role)), board.text(one.text));
      }), line.prompt.digest ? el("div", { class: "soft small mono" }, board.name(line.prompt.digest, 80)) : null) : null,
      verdicts && verdicts.length ? el("ul", {}, verdicts.map(verdict)) : null];
  }

  function usage(line) {
    var last = array(line.responses).slice(-1)[0];
    if (!last || !last.usage) return null;
    return board.words(last.usage.prompt_tokens) + " + " + board.words(last.usage.completion_tokens) + " tokens" + (typeof last.seconds === "number" ? ", " + last.seconds + " s" : "");
  }

  function unreadable(raw, number) {
    return el("article", { class: "sample" }, el("h3", {}, "Line " + (number + 1), el("span", { class: "status error" }, "cannot be read")), board.text(raw));
  }

  /* One sample. A line that is an object and yet not what a run writes is shown as one that cannot be read. */
  function card(raw, number, gold, verdicts, may) {
    var line = parsed(raw);
    if (!line || typeof line.id !== "string") return unreadable(raw, number);
    try {
      var kind = ["ok", "refused", "unparsed"].includes(line.status) ? line.status : "error";
      return el("article", { class: "sample", "data-id": line.id },
        el("h3", {}, el("a", { class: "plain", href: "#", on: { click: function (event) { event.preventDefault(); board.set({ sample: line.id }); } } }, board.name(line.id)),
          el("span", { class: "status " + kind }, board.name(line.status || "?", 30)), el("span", { class: "row read" }, verdict_line(line, gold, may))),
        el("div", { class: "two" }, el("div", {}, said(line)), el("div", {}, aside(line, verdicts))));
    } catch (error) {
      return unreadable(raw, number);
    }
  }

  function browser(run, base) {
    var index = run.status_index || "", per = run.per_chunk || 100;
    var repeats = Math.max(1, Number((run.manifest.task || {}).repeats) || 1);
    var lines = source(base + "/samples"), golds = run.gold ? source(base + "/gold") : null, judged = null;
    var may = run.publish || {};
    var holder = el("div", { "aria-live": "off" }), told = el("div", { class: "told", role: "status" }), places = el("div", { class: "statuses" });
    var turn = 0;

    function numbers() {
      var status = board.get("status"), found = [];
      for (var at = 0; at < index.length; at += 1) if (!status || LETTERS[index[at]] === status) found.push(at);
      return found;
    }

    async function gold_of(number, id) {
      if (!golds) return null;
      var chunk = await golds(Math.floor(number / repeats / per)).catch(function () { return []; });
      var expected = parsed(chunk[Math.floor(number / repeats) % per] || "");
      if (expected && expected.id === id) return expected.gold;
      var other = chunk.map(parsed).find(function (one) { return one && one.id === id; });
      return other ? other.gold : null;
    }

    async function one_card(number) {
      var chunk = await lines(Math.floor(number / per)), raw = chunk[number % per];
      if (raw === undefined) return unreadable("", number);
      var line = parsed(raw);
      return card(raw, number, await gold_of(number, line && line.id), judged && line ? judged.get(line.id + "\n" + (line.repeat || 0)) : null, may);
    }

    function buttons() {
      var counts = new Map();
      for (var at = 0; at < index.length; at += 1) counts.set(LETTERS[index[at]], (counts.get(LETTERS[index[at]]) || 0) + 1);
      var now = board.get("status") || "";
      board.fill(places, [["", "all", index.length]].concat(Object.values(LETTERS).filter(function (status) { return counts.has(status); })
        .map(function (status) { return [status, status.replace("_", " "), counts.get(status)]; })).map(function (one) {
        return el("button", { type: "button", "aria-pressed": String(now === one[0]), "data-status": one[0], on: { click: function () { go({ status: one[0], page: null, sample: null }, one[0]); } } },
          one[1] + " " + board.count(one[2]));
      }));
    }

    function go(changes, pressed) {
      board.set(changes);
      buttons();
      if (pressed !== undefined) places.querySelector('[data-status="' + CSS.escape(pressed) + '"]').focus();
      return show();
    }

    async function show() {
      var mine = ++turn, all = numbers();
      var wanted = board.get("sample"), page = Math.max(1, Math.min(Math.ceil(all.length / ON_A_PAGE) || 1, Number(board.get("page")) || 1));
      var at = wanted === null ? -1 : await find(wanted, mine);
      if (mine !== turn) return;
      var chosen = at >= 0 ? [at] : all.slice((page - 1) * ON_A_PAGE, page * ON_A_PAGE);
      try {
        var cards = await Promise.all(chosen.map(one_card));
        if (mine !== turn) return;
        board.fill(holder, cards);
        board.fill(told, at >= 0 ? ["one sample ", el("button", { type: "button", on: { click: function () { go({ sample: null }); } } }, "all samples")]
          : [wanted !== null ? ["no sample ", board.name(wanted, 60), ". "] : null, pager(page, all.length)]);
      } catch (error) {
        if (mine === turn) board.fill(holder, board.fault(error));
      }
      holder.dataset.shown = String(page);
    }

    /* The line of a sample by its id: chunk by chunk, as far as needed. */
    async function find(id, mine) {
      for (var number = 0; number < (run.chunks || 0) && mine === turn; number += 1) {
        board.fill(told, "looking for the sample: " + board.count(number * per) + " of " + board.count(index.length));
        var chunk = await lines(number).catch(function () { return []; });
        var at = chunk.findIndex(function (raw) { var line = parsed(raw); return line && line.id === id; });
        if (at >= 0) return number * per + at;
      }
      return -1;
    }

    function pager(page, all) {
      var last = Math.max(1, Math.ceil(all / ON_A_PAGE));
      function to(number) { return function () { go({ page: number === 1 ? null : String(number), sample: null }); }; }
      var field = el("input", { type: "number", min: 1, max: last, value: page, "aria-label": "Page", on: { change: function () { to(Number(field.value) || 1)(); } } });
      return el("div", { class: "pages" }, board.plural(all, "sample"),
        el("button", { type: "button", "data-go": "previous", disabled: page <= 1, on: { click: to(page - 1) } }, "previous"),
        el("span", {}, "page ", field, " of " + board.count(last)),
        el("button", { type: "button", "data-go": "next", disabled: page >= last, on: { click: to(page + 1) } }, "next"));
    }

    async function judge(box) {
      if (!box.checked) judged = null;
      else judged = await verdicts_of(run, base, function (share) { board.fill(told, "reading verdicts: " + share); });
      return show();
    }

    function finder() {
      var field = el("input", { type: "search", "aria-label": "Sample id", placeholder: "Sample id" });
      return el("span", {}, field, " ", el("button", { type: "button", on: { click: function () { go({ sample: field.value || null }); } } }, "Find"));
    }

    buttons();
    show();
    var box = el("input", { type: "checkbox", on: { change: function () { judge(box); } } });
    return [places, el("div", { class: "row" }, finder(),
      (run.verdicts || []).length ? el("label", {}, box, " verdicts of " + board.plural(run.verdicts.length, "judge")) : null), told, holder];
  }

  /* All verdicts of a run by sample and repeat; the last line of a sample and judge holds. */
  async function verdicts_of(run, base, tell) {
    var found = new Map();
    for (var judge of run.verdicts) {
      if (!board.is_key(String(judge.files))) continue;
      var lines = source(base + "/" + judge.files), last = new Map();
      for (var number = 0; number < judge.chunks; number += 1) {
        tell(number + " of " + judge.chunks);
        (await lines(number)).map(parsed).forEach(function (one) { if (one && typeof one.id === "string") last.set(one.id + "\n" + (one.repeat || 0), one); });
      }
      last.forEach(function (one, key) { found.set(key, (found.get(key) || []).concat(one)); });
    }
    return found;
  }

  board.samples = { browser: browser, source: source, parsed: parsed, gold_value: gold_value, LETTERS: LETTERS };
})();
