using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Storefront.Jobs.Email;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Storage;
using Storefront.Tests.Structure;
using Storefront.Tests.Support;
using Storefront.Web.Hosting;
using Storefront.Web.Cart;
using Storefront.Web.Security;

namespace Storefront.Tests.Documents;

/// <summary>A limit, a state or a scenario in a document is what the code says.</summary>
public sealed partial class FactsInDocumentsTests
{
    private static readonly RateLimitOptions Rates = new();
    private static readonly double Invisibility = new JobsOptions().InvisibilitySeconds;
    private static readonly NpgsqlConnectionStringBuilder Pool = DatabaseRegistration.Bounded("Host=x");

    private static readonly double HoursOfRetries =
        Enumerable.Range(1, RetrySchedule.Attempts - 1).Sum(attempt => RetrySchedule.After(attempt).TotalHours);

    /// <summary>A sentence with numbers in it, and where they come from.</summary>
    private static readonly (string Sentence, double[] Numbers, double Tolerance)[] Limits =
    [
        (@"has (\d+) attempts", [RetrySchedule.Attempts], 0),
        (@"(?:tried for|They take about) (\d+) hours", [HoursOfRetries], 2), // The tolerance is five standard deviations of the jitter.
        (@"(?:waits|after) (\d+) s at most", [new InventoryOptions().TotalTimeoutSeconds], 0),
        (@"after (\d+) minutes the order is given up", [new InventoryOptions().GiveUpAfterMinutes], 0),
        (@"[Aa]fter (\d+) starts", [RetryFilter.MostStarts], 0),
        (@"(\d+) seconds (?:is free|without renewal)", [Invisibility], 0),
        (@"go to another after (\d+) seconds", [Invisibility], 0),
        (@"(?:every|renews that time every) (\d+) seconds(?: \(a fifth|\. After)", [Invisibility / 5], 0),
        (@"unwritten for up to (\d+) ms", [JobWriter.PutOff.TotalMilliseconds], 0),
        (@"with a lease of (\d+) s", [LeaseLocks.DefaultLease.TotalSeconds], 0),
        (@"takes the lock within (\d+) s", [LeaseLocks.DefaultLease.TotalSeconds], 0),
        (@"gets a lease of (\d+) seconds", [OrderStore.LeaseTime.TotalSeconds], 0),
        (@"forgets a key after (\d+) hours", [EmailRegistration.Partner.KeyLife!.Value.TotalHours + 1], 0),
        (@"has been in doubt for (\d+) hours", [EmailRegistration.Partner.KeyLife!.Value.TotalHours], 0),
        (@"after (\d+) minutes `/health/ready` is degraded", [new JobsOptions().ReconciliationLateAfterMinutes], 0),
        (@"uses (?:at most )?(\d+) (?:connections|at most) \(`Maximum Pool Size`\)", [Pool.MaxPoolSize], 0),
        (@"waits up to (\d+) s \(`Timeout`\)", [Pool.Timeout], 0),
        (@"A request takes at most (\d+) s", [RequestLimits.Longest.TotalSeconds], 0),
        (@"(\d+) orders, (\d+) searches, (\d+) carts, (\d+) lookups and (\d+) account forms, and try (\d+) passwords",
            [
                Rates.OrdersPerMinute, Rates.SearchesPerMinute, Rates.CartFormsPerMinute, Rates.LookupsPerMinute,
                Rates.AccountFormsPerMinute, Rates.PasswordsPerAccountPerMinute,
            ], 0),
        (@"holds at most (\d+) connections", [Rates.ConnectionsPerAddress], 0),
        (@"may be given in (\d+)\s+orders, and in one more every (\d+) minutes",
            [Rates.OrdersPerInboxPerHour, 60.0 / Rates.OrdersPerInboxPerHour], 0),
        (@"A form has at most (\d+) KB and (\d+) s", [FormBodies.MaxLength / 1024, FormBodies.Longest.TotalSeconds], 0),
        (@"A cart has at most (\d+) products", [ShoppingCart.MaxLines], 0),
    ];

    public static TheoryData<string> Sentences => [.. Limits.Select(limit => limit.Sentence)];

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Every_limit_in_a_document_has_the_value_in_the_code(string sentence)
    {
        var (_, numbers, tolerance) = Limits.Single(limit => limit.Sentence == sentence);
        var found = Document.All.SelectMany(path => Regex.Matches(Space().Replace(new Document(path).Prose, " "), sentence)).ToList();
        found.ShouldNotBeEmpty("No document says so any more.");
        foreach (var match in found)
            for (var n = 0; n < numbers.Length; n++)
                double.Parse(match.Groups[n + 1].Value, CultureInfo.InvariantCulture)
                    .ShouldBeInRange(numbers[n] - tolerance, numbers[n] + tolerance, match.Value);
    }

    [Fact]
    public void The_state_diagrams_have_exactly_the_states_in_the_code()
    {
        var diagrams = new Document("docs/architecture.md").Blocks
            .Where(block => block.Text.StartsWith("stateDiagram", StringComparison.Ordinal))
            .Select(block => State().Matches(block.Text).Select(state => state.Value).ToHashSet()).ToList();
        diagrams.Count.ShouldBe(2);
        diagrams[0].ShouldBe(Enum.GetValues<OrderStatus>().Select(status => EnumName.Of(status)), ignoreOrder: true);
        diagrams[1].ShouldBe(Enum.GetValues<DeliveryState>().Select(state => EnumName.Of(state)), ignoreOrder: true);
    }

    [Fact]
    public void Every_change_in_the_delivery_diagram_is_explained()
    {
        var architecture = new Document("docs/architecture.md");
        var diagram = architecture.Blocks.Last(block => block.Text.StartsWith("stateDiagram", StringComparison.Ordinal)).Text;
        architecture.Table("| change | when |").Select(row => row[0])
            .ShouldBe(Label().Matches(diagram).Select(label => label.Value).Distinct(), ignoreOrder: true);
    }

    [Theory]
    [InlineData("Storefront.Jobs")]
    [InlineData("Storefront.Web")]
    public void The_table_of_folders_has_every_folder(string project)
    {
        var folders = Directory.EnumerateDirectories(Repository.File(project)).Select(Path.GetFileName).Except(["bin", "obj"]);
        new Document("docs/architecture.md").Table("| folder | what is in it |", below: $"Inside `{project}`:")
            .SelectMany(row => row[0].Split(", ")).ShouldBe(folders, ignoreOrder: true);
    }

    [Fact]
    public void The_tables_of_folders_have_the_order_that_LadderTests_checks()
    {
        var document = new Document("docs/architecture.md");
        foreach (var (project, ladder) in new[] { ("Storefront.Jobs", LadderTests.Jobs), ("Storefront.Web", LadderTests.Web) })
            document.Table("| folder | what is in it |", below: $"Inside `{project}`:").Select(row => row[0]).Take(ladder.Length)
                .ShouldBe(ladder.Select(row => string.Join(", ", row)));
    }

    [Fact]
    public void The_glossary_has_twenty_words_at_most() =>
        new Document("docs/architecture.md").Table("| word | meaning |").Count.ShouldBeLessThanOrEqualTo(20);

    [Fact]
    public void The_table_of_scenarios_has_every_scenario_and_says_which_are_tests()
    {
        var rig = Repository.File("tests/Storefront.Fault.Tests");
        var all = File.ReadAllText($"{rig}/Scenarios/Catalogue.cs").Split("IReadOnlyList<Scenario> Kills")[0];
        var played = Played().Matches(File.ReadAllText($"{rig}/NothingIsLostAndNothingDoubled.cs"))
            .Select(test => test.Groups[1].Value).ToHashSet();
        var rows = new Document("docs/fault-testing.md").Table("| id | what happens | in `dotnet test` |");
        rows.Select(row => (row[0], row[1], row[2] == "yes")).ShouldBe(Scenario().Matches(all).Select(scenario =>
            (scenario.Groups[1].Value, scenario.Groups[2].Value, played.Contains(scenario.Groups[1].Value))));
        new Document("docs/fault-testing.md").Prose.ShouldContain("`dotnet test` plays ten of them");
        played.Count.ShouldBe(10);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    // States are on both sides of an arrow.
    [GeneratedRegex(@"\w+(?= -->)|(?<=--> )\w+")]
    private static partial Regex State();

    [GeneratedRegex("(?<= : ).+$", RegexOptions.Multiline)]
    private static partial Regex Label();

    [GeneratedRegex(@"HoldsAsync\(""(F\w+)""\)")]
    private static partial Regex Played();

    [GeneratedRegex(@"new\(""(F\w+)"", ""([^""]+)""")]
    private static partial Regex Scenario();
}
