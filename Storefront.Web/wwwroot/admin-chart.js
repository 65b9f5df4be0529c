// Draws a table as lines over time, and a list of incidents as shaded spans behind them. Both are on the page as text: whenever that is
// fresh, the drawing is.

/* global uPlot */

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

const seconds = time => Date.parse(time.dateTime) / 1000;

const read = table => {
    const rows = [...table.tBodies[0].rows];
    const figures = column => rows.map(row => Number(row.cells[column].textContent));
    return [rows.map(row => seconds(row.querySelector('time'))), figures(1), figures(2), figures(3)];
};

// An incident that has not ended has one time only, and lasts until now.
const shade = (chart, list) => {
    const { ctx, bbox } = chart;
    const place = at => Math.min(bbox.left + bbox.width, Math.max(bbox.left, chart.valToPos(at, 'x', true)));
    ctx.save();
    ctx.font = `${12 * devicePixelRatio}px sans-serif`;
    ctx.textBaseline = 'top';
    [...list?.querySelectorAll('[data-span]') ?? []].forEach((incident, row) => {
        const [began, ended] = incident.querySelectorAll('time');
        const [left, right] = [place(seconds(began)), place(ended ? seconds(ended) : Date.now() / 1000)];
        ctx.fillStyle = colour('--rust-wash');
        ctx.fillRect(left, bbox.top, Math.max(right - left, 3 * devicePixelRatio), bbox.height);
        ctx.fillStyle = colour('--rust');
        const late = left > bbox.left + bbox.width / 2;
        ctx.textAlign = late ? 'right' : 'left';
        ctx.fillText(incident.dataset.span, late ? left - 6 * devicePixelRatio : right + 6 * devicePixelRatio, bbox.top + row % 4 * 16 * devicePixelRatio);
    });
    ctx.restore();
};

const draw = (figure, table, list) => {
    const names = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--rule'), width: 1 }, ticks: { stroke: colour('--rule') }, font: '12px sans-serif' };
    const line = (column, stroke, more) => ({ label: names[column], stroke: colour(stroke), width: 2, points: { show: false }, ...more });
    return new uPlot({
        width: figure.clientWidth,
        height: 220,
        padding: [8, 24, 0, 0],
        // Up to the end of the last minute, so that what has just begun is in the picture.
        scales: { x: { range: (_, first, last) => [first, last + 60] }, y: { range: (_, low, high) => [0, Math.max(4, high * 1.1)] } },
        hooks: { drawClear: [chart => shade(chart, list())] },
        axes: [{ ...axis, values: (_, ticks) => ticks.map(tick => minute.format(tick * 1000)) }, { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000] }],
        series: [{ label: names[0], value: (_, at) => at ? minute.format(at * 1000) : '' }, line(1, '--green'), line(2, '--edge', { dash: [6, 4] }), line(3, '--rust')],
    }, read(table), figure);
};

for (const figure of document.querySelectorAll('[data-chart]')) {
    const table = () => document.getElementById(figure.dataset.chart);
    const list = () => document.getElementById(figure.dataset.spans);
    let chart = draw(figure, table(), list);
    document.addEventListener('fresh', () => chart.setData(read(table())));
    new ResizeObserver(() => chart.setSize({ width: figure.clientWidth, height: 220 })).observe(figure);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { chart.destroy(); chart = draw(figure, table(), list); });
}
