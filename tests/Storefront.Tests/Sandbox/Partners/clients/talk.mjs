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
const longer = await resend.batch.send([mail, mail, mail], { idempotencyKey: 'resend-2' });
const permissive = await resend.batch.send(
  [{ ...mail, to: 'nobody' }, mail], { idempotencyKey: 'resend-3', batchValidation: 'permissive' });
const found = await resend.emails.get(sent.data.id);

const attachments = [{ filename: 'invoice.txt', content: Buffer.from('42 EUR') }];
const later = await resend.emails.send({ ...mail, attachments, scheduledAt: 'in 1 hour' }, { idempotencyKey: 'resend-4' });
const scheduled = await resend.emails.get(later.data.id);
const updated = await resend.emails.update({ id: later.data.id, scheduledAt: '2026-12-01T09:00:00.000Z' });
await resend.emails.cancel(later.data.id);
const canceled = await resend.emails.get(later.data.id);
const late = await resend.emails.cancel(sent.data.id);
const listed = await resend.emails.list();
const older = await resend.emails.list({ limit: 2, after: listed.data.data[0].id });
const attached = await resend.emails.attachments.list({ emailId: later.data.id });
const attachment = await resend.emails.attachments.get({ emailId: later.data.id, id: attached.data.data[0].id });

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
  reusedBatch: longer.error.name,
  permitted: permissive.data.data.length,
  refused: permissive.data.errors.map((error) => error.index),
  lastEvent: found.data.last_event,
  scheduled: scheduled.data.last_event,
  updated: updated.data.id === later.data.id,
  canceled: canceled.data.last_event,
  late: late.error.name,
  listed: listed.data.data.length,
  older: older.data.data.length,
  attached: attached.data.data[0].filename,
  attachment: attachment.data.content_type,
}));
process.exit(0);
