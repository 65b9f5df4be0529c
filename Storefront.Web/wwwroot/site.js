// Every page works without this file. It only spares reloads: what it shows always comes from the server, as the page itself.

const localised = (root = document) => {
    for (const time of root.querySelectorAll('time[data-local]')) {
        const at = new Date(time.dateTime);
        const today = at.toDateString() === new Date().toDateString();
        const shape = time.dataset.local === 'date' ? { dateStyle: 'long' } : today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
        time.title = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
        time.textContent = new Intl.DateTimeFormat('en-GB', shape).format(at);
    }
};

// A form's token differs each time, which is no reason to take something open or half typed away from its reader.
const same = (one, other) => one.textContent === other.textContent && !other.querySelector('input:not([type="hidden"])');

/** Takes over the live parts of a newer version of this page. The parts themselves stay, so screen readers hear what changed and focus is kept. */
const show = html => {
    const newer = new DOMParser().parseFromString(html, 'text/html');
    const before = document.activeElement;
    for (const part of document.querySelectorAll('[data-live]')) {
        const fresh = newer.getElementById(part.id);
        if (!fresh) continue;
        localised(fresh);
        if (!same(part, fresh)) part.replaceChildren(...fresh.childNodes);
    }
    document.title = newer.title;
    const problem = document.querySelector('[data-live] [data-focus]');
    if (problem) problem.focus();
    else if (!before.isConnected) (document.getElementById(before.id) ?? document.getElementById('main')).focus();
};

/** Sends a form and shows the page it leads to; where that fails, the browser does it the old way. */
const swap = async (form, button) => {
    const data = new FormData(form, button);
    form.setAttribute('aria-busy', 'true');
    try {
        const answer = await fetch(button?.hasAttribute('formaction') ? button.formAction : form.action, { method: 'POST', body: data });
        const page = await answer.text();
        if (!page.includes('data-live')) throw new Error(`No page came back, but ${answer.status}.`);
        show(page);
    } catch {
        form.removeAttribute('data-swap');
        form.requestSubmit(button);
    } finally {
        form.removeAttribute('aria-busy');
    }
};

const pressOnce = (form, button) => {
    if (form.dataset.sent) return false;
    form.dataset.sent = 'true';
    // Afterwards, since a disabled button is not sent.
    setTimeout(() => {
        for (const other of form.querySelectorAll('button')) other.disabled = true;
        const pressed = button?.hidden === false ? button : form.querySelector('[data-busy]');
        if (!pressed) return;
        pressed.setAttribute('aria-busy', 'true');
        if (pressed.dataset.busy) { pressed.dataset.words = pressed.textContent; pressed.textContent = pressed.dataset.busy; }
    });
    return true;
};

document.addEventListener('submit', event => {
    const form = event.target;
    if (form.matches('[data-swap]')) {
        event.preventDefault();
        if (form.getAttribute('aria-busy') !== 'true') swap(form, event.submitter);
    } else if (form.matches('[data-once]') && !pressOnce(form, event.submitter)) {
        event.preventDefault();
    }
});

document.addEventListener('change', event => {
    if (event.target.matches('[data-autosubmit]')) event.target.form.requestSubmit();
});

// The server checks the same when the form is sent; this only saves the shopper a round trip.
for (const field of document.querySelectorAll('[data-required-by]:not([data-required-by=""])')) {
    const choice = document.getElementById(field.dataset.requiredBy);
    choice.addEventListener('change', () => {
        const required = choice.value === '' || field.dataset.requiredFor.split(' ').includes(choice.value);
        field.querySelector('input').required = required;
        field.querySelector('[data-optional]').hidden = required;
    });
}

// Back from the next page: the form is alive again. The server knows a repeat by its key.
addEventListener('pageshow', event => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll('form[data-sent]')) {
        delete form.dataset.sent;
        for (const button of form.querySelectorAll('button')) {
            button.disabled = false;
            button.removeAttribute('aria-busy');
            if (button.dataset.words) button.textContent = button.dataset.words;
        }
    }
});

/** Follows an order until there is nothing left to wait for: told by the server, and by looking now and then where telling fails. */
const follow = ({ events: address, face }) => {
    const look = async () => {
        const answer = await fetch(location.pathname, { cache: 'no-store' });
        if (answer.ok) show(await answer.text());
    };
    const poll = seconds => setTimeout(async () => {
        await look().catch(() => { });
        if (document.querySelector('[data-events]')) poll(Math.min(seconds * 1.5, 30));
    }, seconds * 1000);

    const events = new EventSource(address);
    events.addEventListener('changed', event => {
        if (event.data === face) return;
        face = event.data;
        look().catch(() => { });
    });
    events.addEventListener('settled', () => { events.close(); look().catch(() => { }); });
    events.addEventListener('later', () => { events.close(); poll(20); });
    events.addEventListener('error', () => { events.close(); poll(3); });
};

localised();
document.querySelector('[data-focus]')?.focus();
const unsettled = document.querySelector('[data-events]');
if (unsettled) follow(unsettled.dataset);
const again = document.querySelector('[data-resubmit]');
if (again) setTimeout(() => again.requestSubmit(), Number(again.dataset.resubmit) * 1000);
