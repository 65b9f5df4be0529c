using Storefront.Fault.Tests.Rig;
using Storefront.Tests.Support;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>Every single fault. Each ends by itself, and its randomness comes from the run's seed.</summary>
internal static class Nemesis
{
    public static readonly Func<Run, Task>[] All =
    [
        KillAsync, TerminateAsync, PauseAsync, RestartPostgresAsync, TerminateBackendsAsync, PartnerFaultAsync, PartnerWireAsync,
        DatabaseWireAsync,
    ];

    /// <summary>Faults of all kinds, one after the other, with a little quiet in between.</summary>
    public static async Task AnyAsync(Run run, int count)
    {
        for (var n = 0; n < count; n++)
        {
            await run.AnswersAsync(run.Random.Next(1, 20));
            await All[run.Random.Next(All.Length)](run);
        }
    }

    public static async Task RepeatAsync(Run run, int count, Func<Run, Task> fault)
    {
        for (var n = 0; n < count; n++)
        {
            await fault(run);
            await run.AnswersAsync(run.Random.Next(1, 20));
        }
    }

    public static async Task KillAsync(Run run)
    {
        var node = NodeOf(run);
        run.Killed($"kill -9 {node.Name}");
        await node.RestartAsync();
    }

    public static async Task TerminateAsync(Run run)
    {
        var node = NodeOf(run);
        run.Fault($"SIGTERM {node.Name}");
        await node.RestartAsync("TERM");
    }

    public static Task PauseAsync(Run run) => PauseAsync(run, NodeOf(run), TimeSpan.FromMilliseconds(run.Random.Next(500, 8000)));

    public static async Task PauseAsync(Run run, ShopNode node, TimeSpan pause)
    {
        run.Fault($"SIGSTOP {node.Name} for {pause.TotalSeconds:0.0} s");
        node.Send("STOP");
        await Task.Delay(pause);
        node.Send("CONT");
    }

    public static async Task RestartPostgresAsync(Run run)
    {
        run.Fault("Postgres: immediate stop and start");
        await run.Rig.Postgres.RestartImmediatelyAsync();
    }

    public static async Task TerminateBackendsAsync(Run run) =>
        run.Fault($"{await run.Rig.Postgres.TerminateBackendsAsync()} sessions terminated");

    public static async Task PartnerFaultAsync(Run run)
    {
        object[] faults =
        [
            new { status = 500, rate = 0.5 }, new { status = 503, retryAfterSeconds = 2 }, new { status = 429, retryAfterSeconds = 1 },
            new { latencyMs = 1500, rate = 0.7 }, new { dropAfterAccept = 0.5 }, new { hang = true, rate = 0.5 },
        ];
        await PartnerFaultAsync(run, PartnerOf(run), faults[run.Random.Next(faults.Length)], run.Random.Next(1, 60));
    }

    /// <param name="answers">How many shoppers get an answer meanwhile. The fault ends also if none does.</param>
    public static async Task PartnerFaultAsync(Run run, string partner, object fault, int answers)
    {
        run.Fault($"{partner}: {fault} for {answers} answers");
        await run.Rig.Partners.BreakAsync(partner, fault);
        await run.AnswersAsync(answers);
        await run.Rig.Partners.BreakAsync(partner, new { });
    }

    public static Task PartnerWireAsync(Run run)
    {
        var partner = PartnerOf(run);
        return WireAsync(run, run.Rig.PartnerWires[partner], partner, WireOf(run), run.Random.Next(1, 60));
    }

    public static Task DatabaseWireAsync(Run run) =>
        WireAsync(run, run.Rig.DatabaseWire, "Postgres", WireOf(run), run.Random.Next(1, 20));

    /// <inheritdoc cref="PartnerFaultAsync(Run, string, object, int)"/>
    public static async Task WireAsync(Run run, FaultProxy proxy, string to, Wire wire, int answers, double share = 1)
    {
        run.Fault($"the wire to {to}: {wire} for {answers} answers");
        proxy.Set(wire, TimeSpan.FromMilliseconds(run.Random.Next(20, 300)), bytes: run.Random.Next(1, 200), share);
        await run.AnswersAsync(answers);
        proxy.Set(Wire.Fine);
    }

    private static ShopNode NodeOf(Run run) => run.Rig.Nodes[run.Random.Next(2)];

    private static string PartnerOf(Run run) => SandboxClient.PartnerNames[run.Random.Next(3)];

    private static Wire WireOf(Run run) => (Wire)run.Random.Next(1, Enum.GetValues<Wire>().Length);
}
