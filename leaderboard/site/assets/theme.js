"use strict";
/* Light or dark before anything is drawn: the page's address, else what was chosen last, else the system. */
(function () {
  var wanted = new URLSearchParams(location.search).get("theme");
  try {
    if (wanted === null) wanted = localStorage.getItem("theme");
  } catch (error) {
    wanted = null; // a browser that keeps nothing for files: the system decides
  }
  if (wanted === "light" || wanted === "dark") document.documentElement.dataset.theme = wanted;
})();
