// Talks to the sandbox as any customer of the real partners would: with their own clients, told nothing but another address.
import { Analytics } from '@segment/analytics-node';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Resend } from 'resend';

const base = process.argv[2];

const resend = new Resend('re_key', { baseUrl: base });
const mail = { from: 'Storefront <orders@shop.example>', to: ['ada@example.com'], subject: 'From Resend', html: '<p>Thank you.</p>' };
const sent = await resend.emails.send(mail, { idempotencyKey: 'resend-1' });
const again = await resend.emails.send(mail, { idempotencyKey: 'resend-1' });
const other = await resend.emails.send({ ...mail, subject: 'Another' }, { idempotencyKey: 'resend-1' });
const batch = await resend.batch.send([mail, mail], { idempotencyKey: 'resend-2' });
const found = await resend.emails.get(sent.data.id);

const segment = new Analytics({ writeKey: 'write-key', host: base });
segment.track({ messageId: 'segment-1', anonymousId: 'visitor', event: 'Order Completed', properties: { order_id: '1042' } });
segment.identify({ userId: 'ada', traits: { plan: 'free' } });
await segment.closeAndFlush();

// Its default is to gzip, and to a path of its own choosing.
const rudder = new RudderAnalytics('write-key', { dataPlaneUrl: base });
await new Promise((resolve, reject) => {
  rudder.track({ messageId: 'rudder-1', userId: 'ada', event: 'Order Completed' });
  rudder.flush((error) => (error ? reject(error) : resolve()));
});

console.log(JSON.stringify({
  repeated: sent.data.id === again.data.id,
  reused: other.error.name,
  batched: batch.data.data.length,
  lastEvent: found.data.last_event,
}));
process.exit(0);
