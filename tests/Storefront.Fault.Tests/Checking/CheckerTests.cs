using Storefront.Fault.Tests.Load;

namespace Storefront.Fault.Tests.Checking;

/// <summary>A checker that overlooks something proves nothing. Each of these worlds has one fault that it has to find.</summary>
public sealed class CheckerTests
{
    private static readonly Guid Id = Guid.Parse("6f1c1a52-5d0e-4c5e-9f0b-0a4d3f1f0001");
    private static readonly WishedLine[] Two = [new("MUG", 2)];
    private static readonly Wish Accepted = new("run-1", Two, Outcome.Accepted, Id, 1, Doubtful: false, TimeSpan.Zero);
    private static readonly StoredOrder Order = new(Id, "run-1", "placed", Two, ["order-confirmation", "order-placed-event"], [], []);
    private static readonly HeldStock Held = new(Id.ToString(), "held", Two, 1);
    private static readonly Effect Mail = new("email", "order-confirmation", Id, $"order-confirmation/{Id}", 1);
    private static readonly Effect Event = new("analytics", "Order Completed", Id, $"order-placed-event/{Id}", 1);
    private static readonly World Good = new([Order], [Held], [Mail, Event], new Dictionary<string, int> { ["MUG"] = 2 }, Leftovers.None);
    private static readonly World Empty = new([], [], [], new Dictionary<string, int>(), Leftovers.None);

    [Fact]
    public void A_run_that_kept_every_promise_passes() => Fate_of(Good).ShouldBe(Fate.Ok);

    [Fact]
    public void An_accepted_order_that_is_not_stored_is_lost() => Fate_of(Empty).ShouldBe(Fate.Lost);

    [Fact]
    public void An_accepted_order_that_failed_is_lost() =>
        Fate_of(Empty with { Orders = [Order with { Status = "failed", Delivered = [] }] }).ShouldBe(Fate.Lost);

    [Fact]
    public void An_order_that_stays_reserving_is_lost() =>
        Fate_of(Empty with { Orders = [Order with { Status = "reserving" }] }, Accepted with { Outcome = Outcome.Promised })
            .ShouldBe(Fate.Lost);

    [Fact]
    public void A_promised_order_that_is_not_stored_is_lost() =>
    Fate_of(Empty, Accepted with { Outcome = Outcome.Promised }).ShouldBe(Fate.Lost);

    [Fact]
    public void An_order_without_its_mail_is_lost() => Fate_of(Good with { Effects = [Event] }).ShouldBe(Fate.Lost);

    [Fact]
    public void A_delivered_mail_that_Email_does_not_have_is_lost() =>
        Fate_of(
            Empty with { Orders = [Order with { Status = "failed", Delivered = ["order-apology"] }] },
            Accepted with { Outcome = Outcome.Promised }).ShouldBe(Fate.Lost);

    [Fact]
    public void An_order_without_its_event_is_lost() => Fate_of(Good with { Effects = [Mail] }).ShouldBe(Fate.Lost);

    [Fact]
    public void A_placed_order_without_a_reservation_is_lost() =>
    Fate_of(Good with { Reservations = [Held with { Status = "released" }] }).ShouldBe(Fate.Lost);

    [Fact]
    public void A_placed_order_whose_reservation_has_other_lines_is_lost() =>
    Fate_of(Good with { Reservations = [Held with { Lines = [new("MUG", 1)] }] }).ShouldBe(Fate.Lost);

    [Fact]
    public void A_delivery_that_is_still_pending_or_dead_is_lost()
    {
        Fate_of(Good with { Orders = [Order with { Pending = ["order-confirmation"] }] }).ShouldBe(Fate.Lost);
        Fate_of(Good with { Orders = [Order with { Dead = ["order-confirmation"] }] }).ShouldBe(Fate.Lost);
    }

    [Fact]
    public void A_key_with_two_orders_is_duplicated()
    {
        var other = Guid.NewGuid();
        Fate_of(Good with
        {
            Orders = [Order, Order with { Id = other }],
            Reservations = [Held, Held with { Id = other.ToString() }],
            Effects = [Mail, Event, Mail with { Order = other }, Event with { Order = other }],
            Reserved = new Dictionary<string, int> { ["MUG"] = 4 },
        }).ShouldBe(Fate.Duplicated);
    }

    [Fact]
    public void A_second_mail_under_another_key_is_duplicated() =>
    Fate_of(Good with { Effects = [Mail, Event, Mail with { Key = "job-17" }] }).ShouldBe(Fate.Duplicated);

    [Fact]
    public void A_second_event_under_another_key_is_duplicated() =>
    Fate_of(Good with { Effects = [Mail, Event, Event with { Key = "job-18" }] }).ShouldBe(Fate.Duplicated);

    [Fact]
    public void A_refused_order_that_is_placed_is_unexpected() =>
    Fate_of(Good, Accepted with { Outcome = Outcome.Refused, Order = null }).ShouldBe(Fate.Unexpected);

    [Fact]
    public void An_order_with_other_lines_than_were_sent_is_unexpected() =>
    Fate_of(Good, Accepted with { Lines = [new("MUG", 1)] }).ShouldBe(Fate.Unexpected);

    [Fact]
    public void An_order_that_nobody_sent_is_unexpected() => Checker.Check("run", [], Good).Fates["run-1"].ShouldBe(Fate.Unexpected);

    [Fact]
    public void Orders_of_other_runs_are_ignored() => Checker.Check("walk", [], Good).Fates.ShouldBeEmpty();

    [Fact]
    public void A_mail_of_a_failed_order_is_unexpected() =>
        Fate_of(
            Empty with { Orders = [Order with { Status = "failed", Delivered = [] }], Effects = [Mail] },
            Accepted with { Outcome = Outcome.Refused }).ShouldBe(Fate.Unexpected);

    [Fact]
    public void A_shopper_without_an_answer_counts_as_recovered_whether_or_not_the_order_was_placed()
    {
        Fate_of(Good, Accepted with { Doubtful = true, Attempts = 2 }).ShouldBe(Fate.Recovered);
        Fate_of(Good, Accepted with { Outcome = Outcome.Unknown, Order = null }).ShouldBe(Fate.Recovered);
        Fate_of(Empty, Accepted with { Outcome = Outcome.Unknown, Order = null }).ShouldBe(Fate.Recovered);
        Fate_of(
            Empty with { Orders = [Order with { Status = "rejected", Delivered = [] }] },
            Accepted with { Outcome = Outcome.Promised }).ShouldBe(Fate.Recovered);
    }

    [Fact]
    public void An_accepted_key_stays_accepted_when_a_repeat_gets_no_answer()
    {
        Wish[] both = [Accepted, Accepted with { Outcome = Outcome.Unknown, Order = null }];
        Checker.Check("run", both, Empty).Fates["run-1"].ShouldBe(Fate.Lost);
    }

    [Fact]
    public void A_reservation_of_a_failed_order_is_leaked()
    {
        var world = Good with { Orders = [Order with { Status = "failed", Delivered = [] }], Effects = [] };
        var verdict = Checker.Check("run", [Accepted with { Outcome = Outcome.Refused }], world);
        verdict.Leaked.ShouldBe(1);
        verdict.Holds.ShouldBeFalse();
    }

    [Fact]
    public void Reserved_stock_that_differs_from_the_placed_orders_is_reported() =>
        Complaint_of(Good with { Reserved = new Dictionary<string, int> { ["MUG"] = 3 } }).ShouldBe("Stock: 2 MUG sold, 3 reserved");

    [Fact]
    public void A_mail_without_an_order_is_reported() =>
    Complaint_of(Good with { Effects = [Mail, Event, Mail with { Order = Guid.Empty }] }).ShouldStartWith("Unexpected:");

    [Fact]
    public void Unfinished_jobs_transactions_and_locks_are_reported()
    {
        Complaint_of(Good with { Leftovers = Leftovers.None with { Queued = 1 } }).ShouldBe("Left over: 1 jobs in a queue");
        Complaint_of(Good with { Leftovers = Leftovers.None with { Unfinished = 1 } })
            .ShouldBe("Left over: 1 jobs that are enqueued or being worked on");
        Complaint_of(Good with { Leftovers = Leftovers.None with { Failed = ["job 7: it gave up"] } })
            .ShouldBe("Left over: failed job 7: it gave up");
        Complaint_of(Good with { Leftovers = Leftovers.None with { Prepared = 1 } }).ShouldBe("Left over: 1 prepared transactions");
        Complaint_of(Good with { Leftovers = Leftovers.None with { Locks = 1 } }).ShouldBe("Left over: 1 locks of dead servers");
    }

    [Fact]
    public void A_repeated_mail_under_the_same_key_is_counted_and_allowed()
    {
        var world = Good with { Effects = [Mail with { Received = 3 }, Event] };
        Checker.Check("run", [Accepted], world).Holds.ShouldBeTrue();
        world.Repeats.ShouldBe(2);
    }

    private static Fate Fate_of(World world, Wish? wish = null)
    {
        var verdict = Checker.Check("run", [wish ?? Accepted], world);
        if (verdict.Fates["run-1"] is not (Fate.Ok or Fate.Recovered)) verdict.Holds.ShouldBeFalse();
        return verdict.Fates["run-1"];
    }

    private static string Complaint_of(World world) => Checker.Check("run", [Accepted], world).Complaints.ShouldHaveSingleItem();
}
