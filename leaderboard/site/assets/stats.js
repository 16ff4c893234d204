"use strict";
/* The one test that is computed in the page: McNemar's, exact, for shares of right answers on independent samples. */
(function () {
  /* The logarithms of the factorials up to n. */
  function log_factorials(n) {
    var found = new Float64Array(n + 1);
    for (var k = 1; k <= n; k += 1) found[k] = found[k - 1] + Math.log(k);
    return found;
  }

  /* Two-sided p: the samples that one run alone got right split like a fair coin (McNemar 1947, binomial form). */
  function mcnemar(only_first, only_second) {
    var n = only_first + only_second, low = Math.min(only_first, only_second);
    var logs = log_factorials(n), tail = 0;
    for (var k = 0; k <= low; k += 1) tail += Math.exp(logs[n] - logs[k] - logs[n - k] - n * Math.LN2);
    return Math.min(1, 2 * tail);
  }

  /* The 95 % interval of the difference of two shares of the same n samples (Newcombe 1998, square-and-add without
     the correlation: a little wide). `split`: both, only_first, only_second, neither. */
  function difference(split) {
    var n = split.both + split.only_first + split.only_second + split.neither;
    var first = (split.both + split.only_first) / n, second = (split.both + split.only_second) / n;
    var a = wilson(first, n), b = wilson(second, n), value = first - second;
    return {
      value: value,
      low: value - Math.sqrt(Math.pow(first - a[0], 2) + Math.pow(b[1] - second, 2)),
      high: value + Math.sqrt(Math.pow(a[1] - first, 2) + Math.pow(second - b[0], 2))
    };
  }

  function wilson(share, n) {
    var z = 1.959963984540054, middle = share + z * z / (2 * n);
    var half = z * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)), whole = 1 + z * z / n;
    return [(middle - half) / whole, (middle + half) / whole];
  }

  board.stats = { mcnemar: mcnemar, difference: difference };
})();
