using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Jobs.Queue.Gates;

/// <summary>Who says that a partner works again.</summary>
internal enum OpenedBy
{
    /// <summary>Whoever holds the lease for the probe.</summary>
    Probe,

    /// <summary>A call that did not wait for the gate was answered. It counts when the break is over.</summary>
    Answer,

    /// <summary>A person, whatever the gate says.</summary>
    Person,
}

/// <summary>The gates of the fleet: one row each. A partner without a row has an open gate.</summary>
internal sealed class GateTable(NpgsqlDataSource database)
{
    public const string Gates = "hangfire.storefront_gate", Incidents = "hangfire.storefront_incident";

    /// <summary>The longest break between two tries, in seconds.</summary>
    private const int LongestBreak = 60;

    /// <summary>A gate that closes again within this time was not really open: its breaks go on growing.</summary>
    public const string Steady = "interval '60 seconds'";

    /// <summary>
    /// Jobs of these queues ($2) that were tried while the gate was closed, and wait for another time. They name the queue that they come
    /// back to.
    /// </summary>
    private const string PutOff = $"""
        select s.value from hangfire.set s
        join hangfire.jobparameter p on p.jobid = split_part(s.value, ':', -1)::bigint and p.name = '{JobRow.NextQueue}'
        where s.key = 'schedule' and s.score < extract(epoch from now() + interval '20 minutes')
          and p.value::jsonb #>> array[]::text[] = any($2)
        order by s.score
        """;

    private const string Columns = """
        gate.name, gate.position, gate.reason, gate.since, coalesce(gate.probe_at - now(), interval '0'),
        coalesce(gate.probe_until > now(), false)
        """;

    private readonly Guid me = Guid.NewGuid();

    /// <summary>All that the fleet knows of its partners, in one statement.</summary>
    public Task<List<FleetRow>> ReadAsync(CancellationToken cancel) => database.ReadAsync($"""
        select {Columns}, coalesce(gate.name, pace.name), case when pace.learned_until > now() then pace.learned end, pace.by_hand
        from {Gates} gate full join {PaceTable.Paces} pace on pace.name = gate.name
        """, [], row => new FleetRow(
            row.GetString(6), row.IsDBNull(0) ? null : Read(row), row.GetFieldValue<double?>(7), row.GetFieldValue<double?>(8)), cancel);

    /// <summary>
    /// Closes it, and begins an incident where there is none. Only an open gate is closed, or one that this process probes, so that many
    /// processes that learn of one outage do not lengthen the break; but whoever was told to wait longer lengthens it.
    /// </summary>
    /// <param name="wait">How long the partner asked to wait; null: a break that doubles each time, from 1 s to 60 s.</param>
    /// <returns>Null: it was closed already.</returns>
    public async Task<GateRow?> CloseAsync(string name, string reason, TimeSpan? wait, CancellationToken cancel) =>
        (await database.ReadAsync($"""
            with gate as (
                insert into {Gates} as gate (name, position, reason, since, breaks, probe_at)
                values ($1, 'closed', $2, now(), 1, now() + coalesce($3, make_interval(secs => $4)))
                on conflict (name) do update set
                    position = 'closed', reason = excluded.reason, prober = null, probe_until = null,
                    since = case when gate.position = 'open' then now() else gate.since end,
                    breaks = case when gate.position = 'open' and gate.since < now() - {Steady} then 1
                        when $3 is not null then gate.breaks else gate.breaks + 1 end,
                    probe_at = now() + coalesce($3, make_interval(secs => $4 * least({LongestBreak},
                        case when gate.position = 'open' and gate.since < now() - {Steady} then 1 else 2 ^ least(gate.breaks, 10) end)))
                where gate.position = 'open' or gate.prober = $5 or now() + $3 > gate.probe_at
                returning *),
            resumed as (
                update {Incidents} set ended_at = null, delayed = null where id = (
                    select id from {Incidents} where partner = $1 and ended_at > now() - {Steady} order by id desc limit 1)
                  and exists (select from gate)
                returning 1),
            begun as (
                insert into {Incidents} (partner, cause, began_at) select name, reason, since from gate
                where not exists (select from resumed) on conflict do nothing)
            select {Columns} from gate
            """, [name, reason, wait, 0.8 + 0.4 * Random.Shared.NextDouble(), me], Read, cancel)).SingleOrDefault();

    /// <summary>Opens it and ends its incident, if whoever wants that may. What was put off while it was closed is due at once.</summary>
    /// <param name="queues">Whose waiting jobs the incident delayed.</param>
    public async Task<GateRow?> OpenAsync(string name, IReadOnlyList<string> queues, OpenedBy by, CancellationToken cancel) =>
        (await database.ReadAsync($"""
            with gate as (
                update {Gates} gate set
                    position = 'open', reason = '', since = now(), probe_at = null, prober = null, probe_until = null
                where name = $1 and position <> 'open' and ($3 or prober = $4 or $5 and probe_at <= now())
                returning *),
            ended as (
                update {Incidents} set ended_at = now(),
                    delayed = (select count(*) from hangfire.jobqueue where queue = any($2))
                where partner = $1 and ended_at is null and exists (select from gate)),
            due as (
                update hangfire.set set score = floor(extract(epoch from now()))
                where key = 'schedule' and value in ({PutOff}) and exists (select from gate))
            select {Columns} from gate
            """, [name, queues.ToArray(), by == OpenedBy.Person, me, by == OpenedBy.Answer], Read, cancel)).SingleOrDefault();

    /// <summary>
    /// Takes the lease for trying one job, where the break is over, a job waits, and nobody else tries. A job whose process died while it
    /// tried waits too: the leases of jobs that run are renewed more often than that. If none waits, one that was put off is due at once.
    /// </summary>
    /// <param name="lease">How long nobody else may try.</param>
    public async Task<bool> TryProbeAsync(string name, IReadOnlyList<string> queues, TimeSpan lease, CancellationToken cancel) =>
        await database.ExecuteAsync($"""
            with gate as (
                select name from {Gates}
                where name = $1 and position <> 'open' and probe_at <= now() and (probe_until is null or probe_until < now()) for update),
            waiting as (
                select from hangfire.jobqueue where queue = any($2) and (fetchedat is null or fetchedat < now() - $4) limit 1),
            due as (
                update hangfire.set set score = floor(extract(epoch from now()))
                where key = 'schedule' and value in ({PutOff} limit 1)
                  and exists (select from gate) and not exists (select from waiting)
                returning 1)
            update {Gates} set position = 'half-open', prober = $3, probe_until = now() + $5
            where name in (select name from gate) and (exists (select from waiting) or exists (select from due))
            """, [name, queues.ToArray(), me, Gate.ShortestLease, lease], cancel) > 0;

    /// <summary>
    /// Ends the break: the next look at the gates tries one job. If one is being tried and fails, the next break is a short one.
    /// </summary>
    public Task ProbeNowAsync(string name, CancellationToken cancel) =>
        database.ExecuteAsync($"update {Gates} set probe_at = now(), breaks = 0 where name = $1 and position <> 'open'", [name], cancel);

    private static GateRow Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1) switch { "open" => GateState.Open, "half-open" => GateState.HalfOpen, _ => GateState.Closed },
        row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetTimeSpan(4), row.GetBoolean(5));
}
