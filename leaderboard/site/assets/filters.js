"use strict";
/* Which rows of a table are shown. The address holds every choice, so that a link shows what its sender saw. */
(function () {
  var el = board.el;
  var SIZES = [["small", "up to 4 B", 0, 4], ["middle", "4–15 B", 4, 15], ["large", "15–80 B", 15, 80], ["huge", "over 80 B", 80, Infinity], ["unknown", "not told"]];
  var CHOICES = ["q", "sees", "size", "weights", "rows", "apart"];

  function size_of(row) {
    if (typeof row.billions !== "number") return "unknown";
    return SIZES.find(function (one) { return row.billions > one[2] && row.billions <= one[3]; })[0];
  }

  function matches(text, row) {
    var all = [row.model, row.backend, row.variant, row.source, row.setting, row.parameters].concat(row.tags || []).join(" ").toLowerCase();
    return text.toLowerCase().split(/\s+/).every(function (word) { return all.includes(word); });
  }

  /* A function from a row to whether the address lets it be seen. */
  function wanted() {
    var text = board.get("q") || "", sees = board.list("sees"), sizes = board.list("size"), weights = board.get("weights"), kind = board.get("rows");
    var no_apart = board.get("apart") === "hide";
    return function (row) {
      return (!text || matches(text, row)) &&
        sees.every(function (one) { return (row.modalities || []).includes(one); }) &&
        (!sizes.length || sizes.includes(size_of(row))) &&
        (!weights || board.columns.weights(row) === weights) &&
        (!kind || row.kind === kind) &&
        !(no_apart && row.kind === "measured" && (row.apart || []).length);
    };
  }

  function choose(changes, changed) {
    board.set(changes);
    changed();
  }

  function boxes(name, legend, options, changed) {
    var now = board.list(name);
    return el("fieldset", {}, el("legend", {}, legend), options.map(function (one) {
      var box = el("input", { type: "checkbox", name: name, value: one[0], checked: now.includes(one[0]), on: { change: function () {
        var left = board.list(name).filter(function (value) { return value !== one[0]; });
        var chosen = {};
        chosen[name] = box.checked ? left.concat(one[0]) : left;
        choose(chosen, changed);
      } } });
      return el("label", {}, box, one[1]);
    }));
  }

  function select(name, label, options, changed) {
    var now = board.get(name) || "";
    var node = el("select", { name: name, on: { change: function () {
      var chosen = {};
      chosen[name] = node.value;
      choose(chosen, changed);
    } } }, options.map(function (one) { return el("option", { value: one[0], selected: one[0] === now }, one[1]); }));
    return el("label", { class: "field" }, label, node);
  }

  function search(changed) {
    var field = el("input", { type: "search", name: "q", value: board.get("q") || "", on: { input: function () { choose({ q: field.value }, changed); } } });
    return el("label", { class: "field" }, "Search", field);
  }

  /* The modalities and sizes that the rows have: nothing is offered that would leave no row. */
  function controls(rows, changed) {
    var kinds = ["image", "video", "audio", "text"].filter(function (kind) {
      return board.list("sees").includes(kind) || rows.some(function (row) { return (row.modalities || []).includes(kind); });
    });
    var sizes = SIZES.filter(function (one) { return board.list("size").includes(one[0]) || rows.some(function (row) { return size_of(row) === one[0]; }); });
    var both = ["measured", "reported"].every(function (kind) { return rows.some(function (row) { return row.kind === kind; }); });
    return [
      search(changed),
      kinds.length > 1 && boxes("sees", "Sees", kinds.map(function (kind) { return [kind, kind]; }), changed),
      sizes.length > 1 && boxes("size", "Size", sizes, changed),
      select("weights", "Weights", [["", "all"], ["open", "open"], ["closed", "closed"]], changed),
      both && select("rows", "Rows", [["", "measured and reported"], ["measured", "measured"], ["reported", "reported"]], changed),
      both && select("reported", "Reported", [["", "apart"], ["mixed", "among the measured"]], changed),
      rows.some(function (row) { return (row.apart || []).length; }) && select("apart", "Not comparable", [["", "shown below"], ["hide", "hidden"]], changed)
    ];
  }

  /* How many rows the choices hide, and the way back. */
  function told(hidden, all, again) {
    if (!hidden) return [board.plural(all, "row")];
    return [board.plural(hidden, "row") + " of " + board.count(all) + " hidden by filters",
      el("button", { type: "button", on: { click: function () {
        board.set(Object.fromEntries(CHOICES.map(function (name) { return [name, null]; })));
        again();
      } } }, "show all")];
  }

  /* The keys of the columns that the address asks for; without a wish, those `at_first`. */
  function seen_columns(all, at_first) {
    var chosen = board.list("cols");
    return new Set((chosen.length ? all.filter(function (one) { return one.always || chosen.includes(one.key); }) : at_first).map(function (one) { return one.key; }));
  }

  /* The menu of columns. `shown` are the keys that are seen now. */
  function columns_menu(all, shown, changed) {
    return el("details", { class: "menu" }, el("summary", {}, "Columns"), el("div", {}, all.map(function (column) {
      var box = el("input", { type: "checkbox", value: column.key, checked: shown.has(column.key), disabled: column.always, on: { change: function () {
        if (box.checked) shown.add(column.key);
        else shown.delete(column.key);
        board.set({ cols: all.filter(function (one) { return shown.has(one.key); }).map(function (one) { return one.key; }) });
        changed();
      } } });
      return el("label", {}, box, column.label);
    }), el("button", { type: "button", on: { click: function () { board.set({ cols: null }); changed(true); } } }, "as at first")));
  }

  board.filters = { wanted: wanted, controls: controls, told: told, columns_menu: columns_menu, seen_columns: seen_columns, size_of: size_of };
})();
