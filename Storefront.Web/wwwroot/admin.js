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

// A region that says so is fetched anew every so many seconds, for as long as it does; what is open in it stays open.
const keepFresh = region => setTimeout(async () => {
    if (document.hidden) return keepFresh(region);
    try {
        const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
        if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
        const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(region.id);
        const open = new Set([...region.querySelectorAll('details[open]')].map(details => details.id));
        for (const details of fresh.querySelectorAll('details')) details.open ||= open.has(details.id);
        localised(fresh);
        region.replaceChildren(...fresh.childNodes);
        if (fresh.dataset.live) region.dataset.live = fresh.dataset.live; else delete region.dataset.live;
        region.classList.remove('stale');
        region.dispatchEvent(new CustomEvent('fresh', { bubbles: true }));
    } catch {
        region.classList.add('stale');
    }
    if (region.dataset.live) keepFresh(region);
}, region.dataset.live * 1000);

for (const region of document.querySelectorAll('[data-live]')) keepFresh(region);
for (const all of document.querySelectorAll('[data-ticks-all]')) all.hidden = false;
localised(document);
document.querySelector('[data-focus]')?.focus();
