using CsCheck;

namespace Storefront.Tests.Model;

/// <summary>
/// The protocol under thousands of random sequences of events. A walk that breaks a promise prints its events.
/// </summary>
public sealed class RandomWalks
{
    /// <summary>Each number chooses one of the events that are possible at that step.</summary>
    internal static readonly Gen<int[]> Walks = Gen.Int[0, 10_000].Array[1, 60];

    [Fact]
    public void No_sequence_of_events_breaks_a_promise_and_every_order_settles_in_the_end() =>
    Walks.Sample(walk => Walk(new Rules(), walk), iter: 20_000);

    public static TheoryData<string> Mistakes => [.. Enum.GetNames<Mistake>().Where(name => name != nameof(Mistake.None))];

    [Theory, MemberData(nameof(Mistakes))]
    public void A_mistake_in_the_rules_is_found(string mistake)
    {
        var rules = new Rules(Enum.Parse<Mistake>(mistake));

        Should.Throw<CsCheckException>(() => Walks.Sample(walk => Walk(rules, walk), iter: 20_000));
    }

    private static void Walk(Rules rules, int[] walk)
    {
        var world = new World();
        var way = new List<Event>();
        foreach (var choice in walk)
        {
            var possible = rules.Possible(world);
            way.Add(possible[choice % possible.Count]);
            world = rules.Apply(world, way[^1]);
            Hold(world.Fault());
        }

        world = rules.Heal(world);
        Hold(world.Fault() ?? world.Unsettled());

        void Hold(string? fault)
        {
            if (fault is not null) throw new InvalidOperationException($"{fault} The way there: {string.Join(", ", way)}");
        }
    }
}
