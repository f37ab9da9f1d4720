"use strict";
// Sorting and searching of tables, cues for scrolling, folded parts; the page says the same without it.
(() => {
  const key = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.v ?? cell.textContent.trim();
  };
  const NUMBER = /^([<>≤≥]?)\s*([-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*(%?)(.*)$/is;
  // The number that a text begins with, or is as a whole; null for "not computed" and the like.
  const asNumber = (text, whole) => {
    const plain = text.replace(/[\u202f\u00a0\u2009]/g, "").replace(/\u2212/g, "-").replace(/^([<>≤≥]?\s*)\u2013(?=[\d.])/, "$1-");
    const found = plain.match(NUMBER);
    if (!found || (whole && found[4])) return null;
    const value = Number(found[2].replace(/,/g, ""));
    const nudge = Math.max(Math.abs(value), Number.MIN_VALUE) * 1e-9;
    return value + ({ "<": -nudge, ">": nudge }[found[1]] ?? 0);
  };
  const nothing = (text) => /^(|\u2013|-|not computed|none|n\/a|nan)$/i.test(text);
  const sort = (table, at, down) => {
    const body = table.tBodies[0];
    const head = table.tHead.rows[0].cells[at];
    const numeric = head.classList.contains("n") || "numeric" in head.dataset;
    const keyed = [...body.rows].map((row) => {
      const text = key(row, at);
      const number = asNumber(text, !numeric);
      return { row, text, number, last: nothing(text) || (numeric && number === null) };
    });
    keyed.sort((a, b) => {
      if (a.last || b.last) return a.last - b.last;
      const numbers = (a.number === null) - (b.number === null);
      const texts = () => a.text.localeCompare(b.text, undefined, { numeric: true });
      const order = numbers || (a.number === null ? texts() : a.number - b.number);
      return down ? -order : order;
    });
    body.append(...keyed.map((entry) => entry.row));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        sort(table, at, down);
      });
    });
    table.addEventListener("filled", () => {
      const at = heads.findIndex((head) => head.hasAttribute("aria-sort"));
      if (at >= 0) sort(table, at, heads[at].getAttribute("aria-sort") === "descending");
    });
  }
  for (const table of document.querySelectorAll("table.searchable")) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("span");
    input.type = "search";
    count.setAttribute("aria-live", "polite");
    label.className = "search";
    label.append("Search", input, count);
    table.parentElement.before(label);
    const search = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = words.length ? `${shown} of ${table.tBodies[0].rows.length} rows` : "";
    };
    input.addEventListener("input", search);
    table.addEventListener("filled", search);
  }
  const cue = (place) => place.classList.toggle("wide", place.scrollWidth > place.clientWidth + 1);
  const cued = new ResizeObserver((entries) => {
    const places = new Set(entries.map(({ target }) => target.closest(".scroll")));
    requestAnimationFrame(() => places.forEach(cue)); // a change of the size within the observer would be an error
  });
  for (const place of document.querySelectorAll(".scroll")) {
    for (const watched of [place, ...place.children]) cued.observe(watched);
  }
  const unfold = document.getElementById("unfold");
  const parts = [...document.querySelectorAll("main details")];
  unfold.addEventListener("click", () => {
    const open = parts.some((part) => !part.open);
    for (const part of parts) part.open = open;
    unfold.textContent = open ? "Fold all parts" : "Open all parts";
  });
})();
