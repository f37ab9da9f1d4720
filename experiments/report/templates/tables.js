"use strict";
// Sorting and searching of tables; the page says the same without it.
(() => {
  const key = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.v ?? cell.textContent.trim();
  };
  const asNumber = (text) => {
    const found = text.replace(/[\u202f\u00a0]/g, "").match(/^[<>]?\s*(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)/i);
    return found ? Number(found[1]) : null;
  };
  const sort = (table, at, down) => {
    const body = table.tBodies[0];
    const head = table.tHead.rows[0].cells[at];
    const numeric = head.classList.contains("n") || "numeric" in head.dataset;
    const keyed = [...body.rows].map((row) => {
      const text = key(row, at);
      return { row, value: numeric ? asNumber(text) : text };
    });
    keyed.sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
      const order = numeric ? a.value - b.value : a.value.localeCompare(b.value, undefined, { numeric: true });
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
})();
