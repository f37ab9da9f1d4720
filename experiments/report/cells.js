"use strict";
// The features behind a field of the maps. All text from the data is set as text, never as markup.
(() => {
  const source = document.getElementById("cells");
  const place = document.getElementById("cell");
  if (!source || !place) return;
  const data = JSON.parse(source.textContent);
  const [strategies, sequences, rois, features] = data.axes;
  const every = data.conditions.length - 1;
  const chosen = ["strategy", "sequence", "roi", "condition"].map((name) => document.getElementById(`cell-${name}`));
  const verdict = document.getElementById("cell-verdict");
  const title = document.getElementById("cell-title");
  const told = document.getElementById("cell-told");
  const back = document.getElementById("cell-back");
  const table = document.getElementById("cell-table");
  let origin = null;

  const unpacked = new Map();
  const bytes = (text) => {
    if (!unpacked.has(text)) unpacked.set(text, Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
    return unpacked.get(text);
  };
  const word = (text, at) => {
    const packed = bytes(text);
    return packed[2 * at] + 256 * packed[2 * at + 1];
  };
  const number = (text, at) => {
    const code = text === undefined ? 65535 : word(text, at);
    if (code === 65535) return null;
    const power = Math.floor(code / 2000) - 20;
    return Number(`${Math.floor(code / 1000) % 2 ? "-" : ""}${code % 1000}e${power}`);
  };
  const written = (value, percent) => {
    const scaled = percent ? 100 * value : value;
    const text = percent || Math.abs(scaled) >= 10 ? String(Number(scaled.toPrecision(3))) : scaled.toFixed(3);
    return text.replace("-", "\u2212") + (percent ? "\u00a0%" : "");
  };
  const passes = (condition, at) => (bytes(data.passes[condition])[at >> 3] >> (at & 7)) & 1;

  const element = (kind, text, className) => {
    const made = document.createElement(kind);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const small = (text) => element("small", text);

  // Of a statistic with a value for each condition, "every" shows the worst.
  const found = (statistic, condition, at) => {
    let worst = null;
    for (const column of data.columns) {
      if (column.statistic !== statistic || word(column.remark, at) === 65535) continue;
      if (column.condition && condition !== every && column.condition !== data.conditions[condition]) continue;
      const value = number(column.estimate, at);
      const sign = data.statistics[statistic].less ? -1 : 1;
      const better = worst && (worst.value === null || (value !== null && sign * value >= sign * worst.value));
      if (!better) worst = { column, value, remark: data.remarks[word(column.remark, at)] };
    }
    return worst;
  };

  const cell = (statistic, hit, condition, at) => {
    const made = element("td", "", "n");
    const { percent } = data.statistics[statistic];
    if (!hit || hit.value === null) {
      made.textContent = hit ? "not computed" : "\u2013";
    } else {
      made.textContent = written(hit.value, percent);
      made.dataset.v = hit.value;
      const [low, high] = [number(hit.column.lower, at), number(hit.column.upper, at)];
      if (low !== null && high !== null) made.append(small(`${written(low, percent)} to ${written(high, percent)}`));
    }
    if (hit && condition === every && hit.column.condition && every > 1) made.append(small(hit.column.condition));
    return made;
  };

  const row = (feature, condition, at) => {
    const made = document.createElement("tr");
    const name = element("th", "", "feature");
    features[feature].split(/(?<=_)|(?<=[a-z])(?=[A-Z])/).forEach((part, which) => {
      if (which) name.append(document.createElement("wbr"));
      name.append(part);
    });
    name.scope = "row";
    const hits = data.statistics.map((_, statistic) => found(statistic, condition, at));
    const there = hits.filter(Boolean);
    const counts = [...new Set(there.map((hit) => hit.remark.n))].sort((a, b) => a - b);
    const remarks = new Map();
    hits.forEach((hit, statistic) => {
      if (!hit || !hit.remark.status) return;
      const names = remarks.get(hit.remark) ?? [];
      remarks.set(hit.remark, [...names, data.statistics[statistic].name]);
    });
    const status = element("td", remarks.size ? "" : "ok", "words");
    for (const [remark, names] of remarks) {
      const line = element("div", `${names.join(", ")}: ${remark.status.replaceAll("_", " ")}`);
      line.title = remark.meaning;
      status.append(line);
    }
    made.append(name, element("td", passes(condition, at) ? "yes" : "no"));
    made.append(...hits.map((hit, statistic) => cell(statistic, hit, condition, at)));
    made.append(element("td", counts.length > 1 ? `${counts[0]} to ${counts.at(-1)}` : String(counts[0] ?? "\u2013"), "n"));
    made.append(status);
    return there.length ? made : null;
  };

  const show = () => {
    const [strategy, sequence, roi, condition] = chosen.map((select) => Number(select.value));
    const first = ((strategy * sequences.length + sequence) * rois.length + roi) * features.length;
    const rows = [];
    let [total, passing] = [0, 0];
    features.forEach((_, feature) => {
      const made = row(feature, condition, first + feature);
      if (!made) return;
      const good = passes(condition, first + feature);
      total += 1;
      passing += good;
      if (verdict.value === "" || Number(verdict.value) === good) rows.push(made);
    });
    title.textContent =
      `${strategies[strategy]}: ${rois[roi]} in ${sequences[sequence]}, ` +
      (condition === every ? "every condition" : data.conditions[condition]);
    told.textContent = `${passing} of ${total} features are robust here; ${rows.length} are listed.`;
    table.tBodies[0].replaceChildren(...rows);
    table.dispatchEvent(new Event("filled"));
    const at = `${strategy} ${sequence} ${roi} ${condition}`;
    for (const field of document.querySelectorAll("td.field button")) {
      field.setAttribute("aria-pressed", String(field.dataset.at === at));
    }
  };

  const lists = [strategies, sequences, rois, data.conditions.map((name, at) => (at === every ? "every condition" : name))];
  chosen.forEach((select, which) => {
    lists[which].forEach((name, at) => {
      const option = element("option", name);
      option.value = at;
      select.append(option);
    });
    select.addEventListener("change", show);
  });
  verdict.addEventListener("change", show);
  place.addEventListener("change", () => place.classList.remove("untouched"));

  const open = (button) => {
    origin = button;
    place.classList.remove("untouched"); // what someone has looked for is printed, too
    button.dataset.at.split(" ").forEach((value, which) => {
      chosen[which].value = value;
    });
    place.open = true;
    show();
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "start" });
  };
  back.addEventListener("click", () => {
    const target = origin ?? document.querySelector("td.field button");
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center" });
  });

  // One stop of the tab key for each map; arrows move within it.
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  for (const map of document.querySelectorAll("table.map")) {
    const grid = [...map.tBodies[0].rows].map((line) =>
      [...line.querySelectorAll("td.field")].map((field) => {
        if (!field.dataset.at) return null;
        const button = document.createElement("button");
        button.type = "button";
        button.tabIndex = -1;
        button.dataset.at = field.dataset.at;
        button.setAttribute("aria-label", field.dataset.label);
        button.append(...field.childNodes);
        field.append(button);
        button.addEventListener("click", () => open(button));
        return button;
      }),
    );
    const all = grid.flat().filter(Boolean);
    if (all.length) all[0].tabIndex = 0;
    map.addEventListener("focusin", (event) => {
      if (!all.includes(event.target)) return;
      for (const button of all) button.tabIndex = button === event.target ? 0 : -1;
    });
    map.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step || !all.includes(event.target)) return;
      let y = grid.findIndex((line) => line.includes(event.target));
      let x = grid[y].indexOf(event.target);
      do {
        y += step[0];
        x += step[1];
      } while (grid[y] && x >= 0 && x < grid[y].length && !grid[y][x]);
      if (!grid[y]?.[x]) return;
      event.preventDefault();
      grid[y][x].focus();
    });
  }
  place.hidden = false;
  chosen[3].value = String(every);
  show();
})();
