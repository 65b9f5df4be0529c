using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Checking;

/// <summary>Each of these records has one thing that a closed gate does not allow.</summary>
public sealed class GateCheckerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid A = Guid.NewGuid(), B = Guid.NewGuid();

    // It closes at 0 s and is tried at 10 s and at 20 s, each for one second.
    private static readonly GateMove[] Moves = [Closed(0), Lease(A, 10), Closed(11), Lease(B, 20), Closed(21)];
    private static readonly WireCall[] Calls = [Call(-2, 1), Call(10.1, 10.9), Call(20.1, 20.9)];

    private static readonly JobStep[] Steps =
    [
        new(1, "Enqueued", At(-3)), new(2, "Enqueued", At(5)), new(1, "Processing", At(10.1)), new(1, "Scheduled", At(11)),
        new(1, "Enqueued", At(15)), new(2, "Processing", At(20.1)), new(2, "Scheduled", At(21)),
    ];

    [Fact]
    public void One_call_for_each_lease_is_in_order() => Check().ShouldBeEmpty();

    [Fact]
    public void Two_calls_under_way_at_once_are_noticed() =>
        Check(calls: [.. Calls, Call(20.5, 21)]).ShouldContain(complaint => complaint.Contains("twice at once"));

    [Fact]
    public void A_call_without_a_lease_is_noticed() =>
        Check(calls: [.. Calls, Call(25, 26)]).ShouldHaveSingleItem().ShouldContain("1 times without a lease");

    [Fact]
    public void A_second_call_under_one_lease_is_noticed() =>
        Check(calls: [.. Calls, Call(20.95, 20.99)]).ShouldHaveSingleItem().ShouldContain("2 times under one lease");

    [Fact]
    public void A_lease_that_is_taken_from_its_holder_is_noticed() =>
        Check(moves: [.. Moves, Lease(A, 30), Lease(B, 31)]).ShouldHaveSingleItem().ShouldContain("had the lease for trying Email at once");

    [Fact]
    public void A_lease_that_is_taken_after_its_end_is_in_order() =>
        Check(moves: [.. Moves, Lease(A, 30), Lease(B, 60.1)]).ShouldBeEmpty();

    [Fact]
    public void More_than_one_call_a_second_is_noticed() =>
        Check(calls: [.. Calls, .. Enumerable.Range(0, 70).Select(n => Call(22 + n * 0.1, 22.05 + n * 0.1))])
            .ShouldContain(complaint => complaint.Contains("while it was down"));

    [Fact]
    public void A_job_that_is_taken_without_a_lease_is_noticed() =>
        Check(steps: [.. Steps, new(3, "Processing", At(25))]).ShouldHaveSingleItem().ShouldContain("3 jobs were taken for 2 tries");

    [Fact]
    public void A_job_that_is_written_while_it_waits_is_noticed() =>
        Check(steps: [.. Steps, .. Enumerable.Range(0, 4).Select(n => new JobStep(2, "Enqueued", At(30 + n)))])
            .ShouldHaveSingleItem().ShouldContain("steps too many");

    [Fact]
    public void What_happens_right_after_the_closing_or_after_the_opening_is_in_order() =>
        Check([.. Moves, Lease(A, 30), Opened(31)], [.. Calls, Call(1, 2), Call(1.5, 2), Call(30.1, 30.9), Call(32, 33), Call(32, 33)])
            .ShouldBeEmpty();

    [Fact]
    public void A_gate_that_never_closed_is_noticed_since_nothing_can_be_said_of_it() =>
        Check(moves: []).ShouldHaveSingleItem().ShouldContain("never closed");

    private static IReadOnlyList<string> Check(GateMove[]? moves = null, WireCall[]? calls = null, JobStep[]? steps = null) =>
        GateChecker.Check("Email", new(moves ?? Moves, calls ?? Calls, steps ?? Steps), until: At(70));

    private static DateTimeOffset At(double seconds) => Start + TimeSpan.FromSeconds(seconds);

    private static WireCall Call(double began, double ended) => new(At(began), At(ended));

    private static GateMove Closed(double at) => new(At(at), "A", GateMove.Closed);

    private static GateMove Opened(double at) => new(At(at), "A", GateMove.Open);

    private static GateMove Lease(Guid prober, double at) =>
        new(At(at), prober == A ? "A" : "B", GateMove.HalfOpen, prober, At(at + 30));
}
