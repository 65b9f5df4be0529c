// Draws a table as lines over time. The table is the truth: whenever it is fresh, the lines are.

/* global uPlot */

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

const read = table => {
    const rows = [...table.tBodies[0].rows];
    const figures = column => rows.map(row => Number(row.cells[column].textContent));
    return [rows.map(row => Date.parse(row.querySelector('time').dateTime) / 1000), figures(1), figures(2), figures(3)];
};

const draw = (figure, table) => {
    const names = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--rule'), width: 1 }, ticks: { stroke: colour('--rule') }, font: '12px sans-serif' };
    const line = (column, stroke, more) => ({ label: names[column], stroke: colour(stroke), width: 2, points: { show: false }, ...more });
    return new uPlot({
        width: figure.clientWidth,
        height: 220,
        padding: [8, 24, 0, 0],
        scales: { y: { range: (_, low, high) => [0, Math.max(4, high * 1.1)] } },
        axes: [{ ...axis, values: (_, ticks) => ticks.map(tick => minute.format(tick * 1000)) }, { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000] }],
        series: [{ label: names[0], value: (_, at) => at ? minute.format(at * 1000) : '' }, line(1, '--green'), line(2, '--edge', { dash: [6, 4] }), line(3, '--rust')],
    }, read(table), figure);
};

for (const figure of document.querySelectorAll('[data-chart]')) {
    const table = () => document.getElementById(figure.dataset.chart);
    let chart = draw(figure, table());
    document.addEventListener('fresh', () => chart.setData(read(table())));
    new ResizeObserver(() => chart.setSize({ width: figure.clientWidth, height: 220 })).observe(figure);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { chart.destroy(); chart = draw(figure, table()); });
}
