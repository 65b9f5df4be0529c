// The back office works without this file. It shows times where the reader is, keeps a live page fresh, and stops a second press of a button.

const shapes = { today: new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }), other: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }) };

const localised = root => {
    const today = new Date().toDateString();
    for (const time of root.querySelectorAll('time')) {
        const at = new Date(time.dateTime);
        time.textContent = (at.toDateString() === today ? shapes.today : shapes.other).format(at);
    }
};

document.addEventListener('submit', event => {
    const form = event.target;
    if (!form.matches('[data-once]')) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = 'true';
    // Afterwards, since a disabled button is not sent.
    setTimeout(() => { for (const button of form.querySelectorAll('button')) button.disabled = true; });
});

addEventListener('pageshow', event => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll('form[data-sent]')) {
        delete form.dataset.sent;
        for (const button of form.querySelectorAll('button')) button.disabled = false;
    }
});

document.addEventListener('change', event => {
    const all = event.target.closest('[data-ticks-all]');
    if (all) for (const one of document.querySelectorAll(all.dataset.ticksAll)) one.checked = all.checked;
});

localised(document);
document.querySelector('[data-focus]')?.focus();
