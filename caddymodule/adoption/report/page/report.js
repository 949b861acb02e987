
"use strict";
// Sorts the table by the column whose head is chosen; without scripts it stays as
// it is, the worst first.
(() => {
	const table = document.getElementById("clients");
	if (!table) return;
	const body = table.tBodies[0];
	const heads = [...table.tHead.rows[0].cells];
	const value = (row, i) => row.cells[i].dataset.value;
	heads.forEach((head, i) => {
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = head.textContent;
		head.replaceChildren(button);
		const numbers = head.dataset.type === "number";
		button.addEventListener("click", () => {
			const was = head.getAttribute("aria-sort");
			const down = was ? was === "ascending" : numbers;
			for (const other of heads) other.removeAttribute("aria-sort");
			head.setAttribute("aria-sort", down ? "descending" : "ascending");
			const order = down ? -1 : 1;
			const rows = [...body.rows].sort((a, b) => order * (numbers
				? value(a, i) - value(b, i)
				: value(a, i).localeCompare(value(b, i))));
			body.append(...rows);
		});
	});
	table.classList.add("sortable");
})();
