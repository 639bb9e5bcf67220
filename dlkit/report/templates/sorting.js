/* Lets the heads of tables sort their rows. What is missing stays last, both ways. */
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };
  const sort = (column) => {
    const head = heads[column];
    const was = head.getAttribute("aria-sort");
    const rows = [...body.rows];
    const there = rows.filter((row) => keyOf(row, column) !== "");
    const missing = rows.filter((row) => keyOf(row, column) === "");
    const numbers = there.every((row) => Number.isFinite(Number(keyOf(row, column))));
    const rising = was ? was === "descending" : !numbers;
    const compare = (one, other) => {
      const [a, b] = [keyOf(one, column), keyOf(other, column)];
      const order = numbers ? Number(a) - Number(b) : a.localeCompare(b);
      return rising ? order : -order;
    };
    there.sort(compare);
    body.append(...there, ...missing);
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
  };
  heads.forEach((head, column) => {
    if (head.dataset.fixed !== undefined) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
}
