"use strict";
/* The ground of every page: data files, elements made of text, the state that the address keeps.

   A data file is a script that calls board.take(name, value): pages opened from a file may not fetch. Whatever it
   holds goes into the page by way of text nodes; there is no other way from data to page. */
var board = (function () {
  var taken = new Map(), under_way = new Map();
  var NAME = /^[A-Za-z0-9_-][A-Za-z0-9._~-]{0,159}$/;

  function take(name, value) {
    taken.set(name, value);
  }

  /* Whether a word can stand in the name of a data file: nothing that an address holds leads elsewhere. */
  function is_key(word) {
    return typeof word === "string" && NAME.test(word);
  }

  /* Resolve to what data/NAME.js holds. Rejects where it is missing. Nothing is kept of what `once` asks for. */
  function load(name, once) {
    if (under_way.has(name)) return under_way.get(name);
    var promise = new Promise(function (resolve, reject) {
      if (!name.split("/").every(is_key)) return reject(new Error("no such data: " + name));
      var script = document.createElement("script");
      script.charset = "utf-8";
      script.src = "data/" + name + ".js";
      script.onload = function () {
        script.remove();
        if (!taken.has(name)) return reject(new Error("data/" + name + ".js holds something else"));
        var value = taken.get(name);
        taken.delete(name);
        resolve(value);
      };
      script.onerror = function () {
        script.remove();
        reject(new Error("data/" + name + ".js is not there"));
      };
      document.head.append(script);
    });
    under_way.set(name, promise);
    if (once) promise.finally(function () { under_way.delete(name); }).catch(function () {});
    return promise;
  }

  /* Bring a library of assets/ in, once. */
  function library(file) {
    var name = "assets/" + file;
    if (!under_way.has(name)) {
      under_way.set(name, new Promise(function (resolve, reject) {
        var script = document.createElement("script");
        script.src = name;
        script.onload = resolve;
        script.onerror = function () { reject(new Error(name + " is not there")); };
        document.head.append(script);
      }));
    }
    return under_way.get(name);
  }

  /* An address that a page may link to: http, https, or a page of this site; else null. */
  function safe(address) {
    var url;
    try {
      url = new URL(String(address), location.href);
    } catch (error) {
      return null;
    }
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  }

  function put(node, children) {
    children.flat(9).forEach(function (child) {
      if (child === null || child === undefined || child === false) return;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    });
    return node;
  }

  /* An element: its attributes (`on` for listeners, `link` for an address that somebody else wrote), then children. */
  function el(tag, attributes) {
    var node = document.createElement(tag);
    Object.entries(attributes || {}).forEach(function (entry) {
      var name = entry[0], value = entry[1];
      if (value === null || value === undefined || value === false) return;
      if (name === "on") {
        Object.entries(value).forEach(function (one) { node.addEventListener(one[0], one[1]); });
      } else if (name === "link") {
        if (safe(value)) {
          node.setAttribute("href", safe(value));
          node.setAttribute("rel", "noopener noreferrer nofollow");
        }
      } else {
        node.setAttribute(name, value === true ? "" : String(value));
      }
    });
    return put(node, Array.prototype.slice.call(arguments, 2));
  }

  function svg(tag, attributes) {
    var node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.entries(attributes || {}).forEach(function (entry) {
      if (entry[1] !== null && entry[1] !== undefined) node.setAttribute(entry[0], String(entry[1]));
    });
    return put(node, Array.prototype.slice.call(arguments, 2));
  }

  function fill(node) {
    node.replaceChildren();
    return put(node, Array.prototype.slice.call(arguments, 1));
  }

  /* ---- the address keeps the state: a link shows what its sender saw ---- */
  function get(name) {
    return new URLSearchParams(location.search).get(name);
  }

  function list(name) {
    var text = get(name);
    return text ? text.split(",") : [];
  }

  /* Write state into the address; null, "" and [] take it out. */
  function set(changes, push) {
    var query = new URLSearchParams(location.search);
    Object.entries(changes).forEach(function (entry) {
      var value = Array.isArray(entry[1]) ? entry[1].join(",") : entry[1];
      if (value === null || value === undefined || value === "" || value === false) query.delete(entry[0]);
      else query.set(entry[0], value);
    });
    var text = query.toString().replace(/%2C/g, ",");
    history[push ? "pushState" : "replaceState"](null, "", location.pathname + (text ? "?" + text : "") + location.hash);
  }

  /* The address of a page of this site; the theme that an address names goes along. */
  function page(name, query) {
    var all = new URLSearchParams(query || {});
    if (get("theme")) all.set("theme", get("theme"));
    var text = all.toString();
    return name + ".html" + (text ? "?" + text : "");
  }

  return {
    take: take, load: load, library: library, is_key: is_key, safe: safe, el: el, svg: svg, fill: fill,
    get: get, list: list, set: set, page: page
  };
})();
