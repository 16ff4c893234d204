"use strict";
/* A table of rows and columns that sorts by its heads.

   A column: key, label; value(row) sorts it (null is last in both directions), cell(row) shows it, text(row) exports it;
   num: numbers stand right and begin with the largest; head: a node below the label. */
(function () {
  var el = board.el;
  var COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  function compare(a, b) {
    return typeof a === "string" || typeof b === "string"
      ? COLLATOR.compare(String(a), String(b))
      : a - b;
  }

  /* Rows in the order that `sort` names: a column's key, with "-" before it from the largest down. */
  function sorted(rows, columns, sort) {
    var down = sort.charAt(0) === "-", key = sort.replace(/^-/, "");
    var column = columns.find(function (one) { return one.key === key; });
    if (!column) return rows;
    return rows.map(function (row, place) { return { row: row, at: place, by: column.value(row) }; })
      .sort(function (a, b) {
        var none_a = a.by === null || a.by === undefined, none_b = b.by === null || b.by === undefined;
        if (none_a || none_b) return none_a && none_b ? a.at - b.at : none_a ? 1 : -1;
        return (down ? -1 : 1) * compare(a.by, b.by) || a.at - b.at;
      }).map(function (one) { return one.row; });
  }

  function head(column, sort, turn) {
    var key = sort.replace(/^-/, "");
    var order = column.key !== key ? null : sort.charAt(0) === "-" ? "descending" : "ascending";
    var label = turn && column.value
      ? el("button", { type: "button", "data-sort": column.key, on: { click: function () { turn(column); } } }, column.label)
      : column.picture ? el("span", { class: "hidden" }, column.label) : column.label;
    return el("th", { scope: "col", class: (column.num ? "num " : "") + (column.kind || ""), "aria-sort": order }, label, column.head ? column.head() : null);
  }

  function body_row(row, columns, row_class) {
    return el("tr", { class: row_class ? row_class(row) : null }, columns.map(function (column) {
      var classes = (column.num ? "num " : "") + (column.kind || "");
      return column.header
        ? el("th", { scope: "row", class: classes }, column.cell(row))
        : el("td", { class: classes }, column.cell(row));
    }));
  }

  /* given: caption, columns, rows, sort, turned(sort) when a head was pressed, row_class(row), full. */
  function table(given) {
    var sort = given.sort || "";
    var turn = given.turned && function (column) {
      var down = column.num && !column.up; // numbers begin with the largest, where that is not the worst
      var first = down ? "-" + column.key : column.key;
      var other = down ? column.key : "-" + column.key;
      given.turned(sort === first ? other : first, column.key);
    };
    var rows = sort ? sorted(given.rows, given.columns, sort) : given.rows;
    return wide(el("table", { class: [given.full && "full", given.style].filter(Boolean).join(" ") || null },
      el("caption", { class: given.hide_caption ? "hidden" : null }, given.caption),
      el("thead", {}, el("tr", {}, given.columns.map(function (column) { return head(column, sort, turn); }))),
      el("tbody", {}, rows.map(function (row) { return body_row(row, given.columns, given.row_class); }))), given.caption);
  }

  /* What may be wider than the page scrolls by itself, with the keyboard too. */
  function wide(node, label) {
    return el("div", { class: "wide", role: "region", tabindex: "0", "aria-label": label || "Table" }, node);
  }

  /* A table that sorts itself and keeps its order to itself. */
  function self_sorting(given) {
    var holder = el("div", {});
    function draw(sort, key) {
      board.fill(holder, table(Object.assign({}, given, { sort: sort, turned: draw })));
      if (key) holder.querySelector('[data-sort="' + CSS.escape(key) + '"]').focus();
    }
    draw(given.sort || "");
    return holder;
  }

  /* A plain table of words and numbers: heads, then rows of strings; `num` names the columns of numbers. */
  function plain(caption, heads, rows, num) {
    return table({
      caption: caption, rows: rows, style: "plainly", columns: heads.map(function (label, place) {
        return { key: String(place), label: label, num: (num || []).indexOf(place) >= 0, header: place === 0,
          cell: function (row) { return row[place] instanceof Node ? row[place] : board.name(row[place], 300); } };
      })
    });
  }

  board.sorted = sorted;
  board.table = table;
  board.sorting = self_sorting;
  board.plain = plain;
  board.wide = wide;
})();
