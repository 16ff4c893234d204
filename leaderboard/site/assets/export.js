"use strict";
/* What a table shows, as CSV and as LaTeX. */
(function () {
  var el = board.el;

  function csv_cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    var text = String(value);
    if (/^[=+\-@\t\r]/.test(text)) text = "'" + text; // no spreadsheet takes it for a formula
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function csv(columns, rows) {
    var lines = [columns.map(function (one) { return csv_cell(one.plain || one.label); }).join(",")];
    rows.forEach(function (row) {
      lines.push(columns.map(function (one) { return csv_cell(one.text(row)); }).join(","));
    });
    return lines.join("\n") + "\n";
  }

  var TEX = { "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "%": "\\%", "&": "\\&", "$": "\\$", "#": "\\#", "_": "\\_",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "–": "--", "−": "$-$", "<": "\\textless{}", ">": "\\textgreater{}" };

  function tex_cell(value) {
    if (value === null || value === undefined) return "";
    var text = typeof value === "number" ? String(+value.toPrecision(4)) : String(value);
    return text.replace(/[\u0000-\u001f]/g, " ").replace(/[\\{}%&$#_~^–−<>]/g, function (sign) { return TEX[sign]; });
  }

  function latex(columns, rows, caption) {
    var shape = columns.map(function (one) { return one.num ? "r" : "l"; }).join("");
    var lines = ["% needs \\usepackage{booktabs}", "\\begin{table}", "\\centering", "\\caption{" + tex_cell(caption) + "}",
      "\\begin{tabular}{" + shape + "}", "\\toprule",
      columns.map(function (one) { return tex_cell(one.plain || one.label); }).join(" & ") + " \\\\", "\\midrule"];
    rows.forEach(function (row) {
      lines.push(columns.map(function (one) { return tex_cell((one.print || one.text)(row)); }).join(" & ") + " \\\\");
    });
    return lines.concat(["\\bottomrule", "\\end{tabular}", "\\end{table}", ""]).join("\n");
  }

  function download(text, name, kind) {
    var address = URL.createObjectURL(new Blob([text], { type: kind + ";charset=utf-8" }));
    var link = el("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(address); }, 1000);
  }

  function copy(area, told) {
    area.select();
    function done() { board.fill(told, "copied"); }
    function by_hand() {
      board.fill(told, document.execCommand("copy") ? "copied" : "press Ctrl+C");
    }
    if (navigator.clipboard) navigator.clipboard.writeText(area.value).then(done, by_hand);
    else by_hand();
  }

  /* The field that holds the table as text. `now()` gives {columns, rows, caption, name} when it is opened. */
  function field(now) {
    var area = el("textarea", { readonly: true, "aria-label": "The table as text", spellcheck: "false" });
    var told = el("span", { class: "soft small", role: "status" });
    var kinds = el("select", { "aria-label": "Format", on: { change: draw } },
      el("option", { value: "csv" }, "CSV"), el("option", { value: "tex" }, "LaTeX"));
    function draw() {
      var shown = now();
      area.value = kinds.value === "csv" ? csv(shown.columns, shown.rows) : latex(shown.columns, shown.rows, shown.caption);
      board.fill(told);
    }
    function save() {
      download(area.value, now().name + "." + kinds.value, kinds.value === "csv" ? "text/csv" : "text/x-tex");
    }
    var box = el("details", { class: "export", on: { toggle: function () { if (box.open) draw(); } } },
      el("summary", {}, "CSV, LaTeX"),
      el("div", { class: "row" }, kinds,
        el("button", { type: "button", on: { click: function () { copy(area, told); } } }, "Copy"),
        el("button", { type: "button", on: { click: save } }, "Download"), told),
      area);
    box.refresh = function () { if (box.open) draw(); };
    return box;
  }

  board.exporting = { field: field, csv: csv, latex: latex };
})();
