// A click on a column's name sorts its table; one of ten rows or more can be filtered.
"use strict";
const text = (row, column) => row.cells[column].textContent.trim();
const value = (row, column) => parseFloat(text(row, column).replace(/[,+< ]/g, ""));

function compare(a, b, column) {
  const [x, y] = [value(a, column), value(b, column)];
  if (isNaN(x) && isNaN(y)) return text(a, column).localeCompare(text(b, column));
  return isNaN(x) - isNaN(y) || x - y;
}

function sortable(table, head, column) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const direction = head.ariaSort === "ascending" ? "descending" : "ascending";
    for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
    head.ariaSort = direction;
    const sign = direction === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows].sort((a, b) => sign * compare(a, b, column));
    table.tBodies[0].append(...rows);
  });
}

function filterable(table) {
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = "Show rows with ...";
  input.ariaLabel = "Show only rows of this table with these words";
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/);
    for (const row of table.tBodies[0].rows) {
      const content = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => content.includes(word));
    }
  });
  table.parentElement.before(input);
}

for (const table of document.querySelectorAll("table")) {
  const rows = table.tBodies[0]?.rows.length ?? 0;
  if (rows > 2) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (head.textContent.trim()) sortable(table, head, column);
    });
  }
  if (rows >= 10) filterable(table);
}
