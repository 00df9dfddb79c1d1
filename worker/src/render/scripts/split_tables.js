// Splits tables with very many rows. For each sheet, Chromium keeps the places of all rows of a table: 16,000 rows on
// 370 sheets take 2 GB, and half of that if they are in three tables.
function splitTables() {
    const MAX_ROWS = 6000;
    for (const table of document.querySelectorAll('table')) {
        const rows = [...table.rows].filter(row => !/^t(head|foot)$/.test(row.parentNode.localName));
        if (rows.length <= MAX_ROWS + MAX_ROWS / 2) continue;
        if (rows.some(row => [...row.cells].some(cell => cell.rowSpan > 1))) continue;
        const columns = freezeColumns(table, rows);
        const foot = table.tFoot;
        let last = table;
        for (let at = MAX_ROWS; at < rows.length; at += MAX_ROWS) {
            const next = table.cloneNode(false);
            next.removeAttribute('id');
            next.append(columns.cloneNode(true));
            // A header is repeated on each sheet, so the next part begins with one.
            if (table.tHead) {
                next.append(table.tHead.cloneNode(true));
                set(next, 'break-before', 'page');
            }
            moveRows(rows.slice(at, at + MAX_ROWS), next);
            set(next, 'margin-top', '0');
            set(last, 'margin-bottom', '0');
            last.after(next);
            last = next;
        }
        if (foot) last.append(foot);
    }

    // Moves rows to a table, with the groups that they are in.
    function moveRows(rows, table) {
        let group, copy;
        for (const row of rows) {
            if (row.parentNode !== group) {
                group = row.parentNode;
                copy = group.localName === 'table' ? document.createElement('tbody') : group.cloneNode(false);
                table.append(copy);
            }
            copy.append(row);
        }
    }

    // Gives the columns of a table the widths that they have, so that all its parts have the same.
    function freezeColumns(table, rows) {
        const { width } = table.getBoundingClientRect();
        const isFull = width >= table.parentElement.clientWidth - 1;
        const model = rows.reduce((widest, row) => row.cells.length > widest.cells.length ? row : widest);
        const columns = document.createElement('colgroup');
        for (const cell of model.cells) {
            const column = document.createElement('col'), own = cell.getBoundingClientRect().width;
            column.span = cell.colSpan;
            column.style.width = isFull ? `${100 * own / width}%` : `${own / cell.colSpan}px`;
            columns.append(column);
        }
        for (const old of table.querySelectorAll(':scope > colgroup, :scope > col')) old.remove();
        if (table.caption) table.caption.after(columns); else table.prepend(columns);
        if (!isFull) set(table, 'width', `${width}px`);
        return columns;
    }
}
