using Storefront.Jobs.Orders;

namespace Storefront.Tests.Orders;

/// <summary>What an answer of Inventory means for its order: one row for each case.</summary>
public sealed class DecisionTests
{
    private static readonly Shortfall[] Short = [new("LAMP", 2, 1)];

    public static TheoryData<string, string, bool, bool, bool, string> Rows => new()
    {
        // The columns are: case, answer, shopper waits, asked before, time is up, decision.
        { "held", "held", true, false, false, "place" },
        { "held, found out by a job", "held", false, true, false, "place" },
        { "held after the time was up", "held", false, true, true, "place" },
        { "sold out", "sold out", true, false, false, "rejected sold-out" },
        { "sold out, and an attempt before went unanswered", "sold out, unanswered before", true, false, false,
            "rejected sold-out, release" },
        { "sold out when a known key is asked again", "sold out", true, true, false, "rejected sold-out, release" },
        { "sold out, found out by a job", "sold out", false, true, false, "rejected sold-out, release, apologise" },
        { "unknown SKU", "unknown sku", true, false, false, "rejected unknown-sku" },
        { "refused", "refused", true, false, false, "failed refused" },
        { "refused to a job", "refused", false, true, true, "failed refused, release, apologise" },
        { "already released", "released", true, true, false, "failed given-up, release" },
        { "not sent", "not sent", true, false, false, "failed not-sent" },
        { "not sent when a known key is asked again", "not sent", true, true, false, "leave open" },
        { "not sent by a job", "not sent", false, true, false, "leave open" },
        { "not sent by a job after the time was up", "not sent", false, true, true, "failed given-up, release, apologise" },
        { "unknown", "unknown", true, false, false, "leave open" },
        { "unknown to a job", "unknown", false, true, false, "leave open" },
        { "unknown to a job after the time was up", "unknown", false, true, true, "failed given-up, release, apologise" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_answer_has_one_meaning(
        string because, string answer, bool shopperWaits, bool askedBefore, bool timeIsUp, string expected) =>
        Told(Decision.On(Answer(answer), shopperWaits, askedBefore, timeIsUp)).ShouldBe(expected, because);

    [Fact]
    public void A_sold_out_answer_keeps_its_shortfalls_for_the_shopper() =>
        Decision.On(Answer("sold out"), shopperWaits: true, askedBefore: false, timeIsUp: false)
            .ShouldBeOfType<Decision.Refuse>().Shortfalls.ShouldBe(Short);

    private static ReserveAnswer Answer(string name) => name switch
    {
        "held" => new ReserveAnswer.Held(),
        "sold out" => new ReserveAnswer.No(OrderFailure.SoldOut, Short, Release: false),
        "sold out, unanswered before" => new ReserveAnswer.No(OrderFailure.SoldOut, Short, Release: true),
        "unknown sku" => new ReserveAnswer.No(OrderFailure.UnknownSku, [], Release: false),
        "refused" => new ReserveAnswer.No(OrderFailure.Refused, [], Release: false),
        "released" => new ReserveAnswer.No(OrderFailure.GivenUp, [], Release: false),
        "not sent" => new ReserveAnswer.NotSent(TimeSpan.FromSeconds(1)),
        _ => new ReserveAnswer.Unknown("no answer"),
    };

    private static string Told(Decision decision) => decision switch
    {
        Decision.Place => "place",
        Decision.LeaveOpen => "leave open",
        Decision.Refuse no =>
            $"{EnumName.Of(no.Status)} {EnumName.Of(no.Why)}{(no.Release ? ", release" : "")}{(no.Apologise ? ", apologise" : "")}",
        _ => "?",
    };
}
