"use strict";
/* Text that others wrote, and numbers: how they are shown. */
(function () {
  var el = board.el;
  var LONGEST_NAME = 90, LONGEST_TEXT = 2000;
  /* Control characters, marks of direction, invisible signs: shown by their number, so that they turn nothing round. */
  var ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

  function pieces(text, start, end, marks) {
    var found = [], last = start, match;
    ODD.lastIndex = 0;
    var part = text.slice(start, end);
    last = 0;
    while ((match = ODD.exec(part)) !== null) {
      if (match.index > last) found.push(part.slice(last, match.index));
      var number = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      found.push(el("span", { class: "odd", title: "invisible character U+" + number }, "U+" + number));
      last = match.index + match[0].length;
    }
    found.push(part.slice(last));
    return marks ? el("mark", {}, found) : found;
  }

  function cut(text, at) {
    var code = text.charCodeAt(at - 1);
    return code >= 0xd800 && code < 0xdc00 ? at - 1 : at; // never between the halves of a character
  }

  /* A name, label or title: one line, isolated from what stands around it. */
  function name(text, longest) {
    var whole = String(text === null || text === undefined ? "" : text), most = longest || LONGEST_NAME;
    if (whole.length <= most) return el("bdi", {}, pieces(whole, 0, whole.length));
    var short = cut(whole, most);
    return el("bdi", { title: whole.slice(0, 1000).replace(ODD, "\ufffd") }, pieces(whole, 0, short), "…");
  }

  /* A text of any length, with lines kept; `span` [start, end) is marked (counted in characters, not in halves). */
  function text(value, span) {
    var whole = String(value), box = el("div", { class: "said", dir: "auto" });
    var marked = span ? units(whole, span) : null;
    function draw(end) {
      var shown = marked && marked[0] < end
        ? [pieces(whole, 0, marked[0]), pieces(whole, marked[0], Math.min(marked[1], end), true),
          pieces(whole, Math.min(marked[1], end), end)]
        : pieces(whole, 0, end);
      var more = end < whole.length && el("button", {
        type: "button", class: "more", on: { click: function () { draw(whole.length); } }
      }, "… all " + whole.length.toLocaleString("en") + " characters");
      board.fill(box, shown, more);
    }
    var most = Math.max(LONGEST_TEXT, marked ? Math.min(marked[1] + 200, 20000) : 0);
    draw(whole.length > most ? cut(whole, most) : whole.length);
    return box;
  }

  /* Python counts characters, JavaScript halves of some. */
  function units(whole, span) {
    var at = 0, count = 0, start = 0;
    if (!(span[0] >= 0 && span[1] >= span[0])) return null;
    while (at < whole.length && count < span[1]) {
      if (count === span[0]) start = at;
      at += whole.codePointAt(at) > 0xffff ? 2 : 1;
      count += 1;
    }
    return count === span[1] && span[1] > span[0] ? [start, at] : null;
  }

  /* A link to somewhere else, or the bare text where its scheme is not http. */
  function link(address, shown) {
    return board.safe(address) && /^https?:/i.test(String(address))
      ? el("a", { link: address }, name(shown || address))
      : name(shown || address);
  }

  /* A value of any shape in words. */
  function words(value) {
    if (value === null || value === undefined) return "–";
    if (Array.isArray(value)) return value.length ? value.map(words).join(", ") : "(none)";
    if (typeof value === "object") return Object.entries(value).map(function (one) { return one[0] + ": " + words(one[1]); }).join(", ");
    return typeof value === "number" ? String(+value.toPrecision(5)) : String(value);
  }

  /* ---- numbers ---- */
  function is_share(range) {
    return Array.isArray(range) && range[0] === 0 && range[1] === 1;
  }

  /* A score: a share as per cent, anything else as it is. */
  function score(value, range) {
    if (value === null || value === undefined) return "–";
    return is_share(range) ? (100 * value).toFixed(1).replace("-", "−") : fixed(value);
  }

  function fixed(value) {
    return (Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(3)).replace("-", "−");
  }

  function signed(value, range) {
    if (value === null || value === undefined) return "–";
    var shown = is_share(range) ? (100 * Math.abs(value)).toFixed(1) : fixed(Math.abs(value));
    return (value < 0 ? "−" : "+") + shown;
  }

  function interval(one, range) {
    if (one.low === null || one.low === undefined || one.high === null || one.high === undefined) return "";
    return score(one.low, range) + (one.low < 0 || one.high < 0 ? " to " : "–") + score(one.high, range);
  }

  function count(value) {
    return value === null || value === undefined ? "–" : value.toLocaleString("en");
  }

  function seconds(value) {
    if (value === null || value === undefined) return "–";
    if (value < 60) return value.toFixed(value < 10 ? 1 : 0) + " s";
    return value < 5400 ? (value / 60).toFixed(1) + " min" : (value / 3600).toFixed(1) + " h";
  }

  function plural(number, one, many) {
    return count(number) + " " + (number === 1 ? one : many || one + "s");
  }

  function p_value(p) {
    if (p === null || p === undefined) return "–";
    return p < 0.001 ? "< 0.001" : p.toFixed(3);
  }

  function metric(name) {
    return String(name || "").replace(/_/g, " ");
  }

  function headed(metric_name, range) {
    return metric(metric_name) + (is_share(range) ? ", %" : "");
  }

  Object.assign(board, {
    name: name, text: text, words: words, linked: link, is_share: is_share, score: score, signed: signed, interval: interval,
    count: count, seconds: seconds, plural: plural, p_value: p_value, metric: metric, headed: headed
  });
})();
