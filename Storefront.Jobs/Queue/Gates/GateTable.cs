using Npgsql;
using Storefront.Jobs.Database;

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
    private const string Steady = "interval '60 seconds'";

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
            begun as (
                insert into {Incidents} (partner, cause, began_at) select name, reason, since from gate on conflict do nothing)
            select {Columns} from gate
            """, [name, reason, wait, 0.8 + 0.4 * Random.Shared.NextDouble(), me], Read, cancel)).SingleOrDefault();

    /// <summary>Opens it and ends its incident, if whoever wants that may.</summary>
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
                where partner = $1 and ended_at is null and exists (select from gate))
            select {Columns} from gate
            """, [name, queues.ToArray(), by == OpenedBy.Person, me, by == OpenedBy.Answer], Read, cancel)).SingleOrDefault();

    /// <summary>
    /// Takes the lease for trying one job, where the break is over, a job waits, and nobody else tries. A job whose process died while it
    /// tried waits too: the leases of jobs that run are renewed more often than that.
    /// </summary>
    public async Task<bool> TryProbeAsync(string name, IReadOnlyList<string> queues, CancellationToken cancel) =>
        await database.ExecuteAsync($"""
            update {Gates} set position = 'half-open', prober = $3, probe_until = now() + $4
            where name = $1 and position <> 'open' and probe_at <= now() and (probe_until is null or probe_until < now())
              and exists (select from hangfire.jobqueue where queue = any($2) and (fetchedat is null or fetchedat < now() - $4))
            """, [name, queues.ToArray(), me, Gate.ProbeLease], cancel) > 0;

    /// <summary>Ends the break: the next look at the gates tries one job.</summary>
    public Task ProbeNowAsync(string name, CancellationToken cancel) =>
        database.ExecuteAsync($"update {Gates} set probe_at = now() where name = $1 and position <> 'open'", [name], cancel);

    private static GateRow Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1) switch { "open" => GateState.Open, "half-open" => GateState.HalfOpen, _ => GateState.Closed },
        row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetTimeSpan(4), row.GetBoolean(5));
}
