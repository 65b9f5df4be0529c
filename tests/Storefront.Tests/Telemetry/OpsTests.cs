using System.Text.Json;
using System.Text.RegularExpressions;
using Storefront.Tests.Support;
using YamlDotNet.Serialization;

namespace Storefront.Tests.Telemetry;

/// <summary>The files in <c>ops</c> use only metrics of a running shop, and every alert has a runbook.</summary>
public sealed partial class OpsTests(ObservedShop shop) : IClassFixture<ObservedShop>
{
    private static readonly List<Rule> Alerts = [.. Deserialize(File.ReadAllText(Repository.File("ops/alerts.yml")))];

    [Fact]
    public async Task Every_metric_and_label_in_alerts_and_dashboards_exists()
    {
        await shop.WorkAsync();
        (await shop.Http.GetAsync("/error/500", TestContext.Current.CancellationToken)).Dispose();
        var measured = await Eventually.Async(async () => Samples(await shop.MetricsAsync()),
            seen => seen.Contains("storefront_queue_depth"), "the queues were looked at");

        var asked = Alerts.Select(alert => alert.Expr).Concat(Panels()).ToList();
        asked.Count.ShouldBeGreaterThan(20);
        foreach (var expression in asked)
        {
            var names = Metric().Matches(Grouped().Replace(expression, "")).Select(match => match.Value).ToList();
            names.ShouldNotBeEmpty(expression);
            names.Where(name => !measured.Contains(name)).ShouldBeEmpty(expression);
            var labels = measured[names[0]].SelectMany(sample => Label().Matches(sample).Select(match => match.Groups[1].Value))
                .ToHashSet();
            Grouped().Matches(expression).SelectMany(match => match.Groups[1].Value.Split(", "))
                .Concat(Label().Matches(expression).Select(match => match.Groups[1].Value))
                .Where(label => label is not "instance" && !labels.Contains(label)).ShouldBeEmpty(expression);
        }
    }

    [Fact]
    public void Every_alert_has_a_runbook_and_every_runbook_an_alert()
    {
        Alerts.Select(alert => alert.Alert).Order()
            .ShouldBe(Directory.GetFiles(Repository.File("ops/runbooks")).Select(file => Path.GetFileNameWithoutExtension(file)).Order());
        foreach (var alert in Alerts)
        {
            alert.Annotations["runbook_url"].ShouldBe($"ops/runbooks/{alert.Alert}.md");
            alert.Annotations["summary"].ShouldNotBeEmpty();
            alert.Labels["severity"].ShouldBeOneOf("critical", "warning");
            var page = File.ReadAllText(Repository.File(alert.Annotations["runbook_url"]));
            foreach (var part in new[] { $"# {alert.Alert}\n", "**What it means.**", "**What shoppers notice.**", "**How to look**",
                "**What to do**" }) page.ShouldContain(part);
            page.Split('\n').Length.ShouldBeLessThan(50);
        }
    }

    private static IEnumerable<Rule> Deserialize(string yaml) =>
        new DeserializerBuilder().WithNamingConvention(YamlDotNet.Serialization.NamingConventions.CamelCaseNamingConvention.Instance)
            .Build()
            .Deserialize<RuleFile>(yaml).Groups.SelectMany(group => group.Rules);

    private static IEnumerable<string> Panels() =>
        from panel in JsonDocument.Parse(File.ReadAllText(Repository.File("ops/dashboard.json"))).RootElement.GetProperty("panels")
            .EnumerateArray()
        from target in panel.GetProperty("targets").EnumerateArray()
        select target.GetProperty("expr").GetString()!;

    /// <summary>The lines of each metric, by its name.</summary>
    private static ILookup<string, string> Samples(string exposition) =>
        exposition.Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToLookup(line => line[..line.IndexOfAny(['{', ' '])]);

    [GeneratedRegex(@"\b(storefront|http_server|http_client|dotnet)_[a-z_]+(?=[\[\{)]|\s|$)")]
    private static partial Regex Metric();

    [GeneratedRegex("""([a-z_]+)=~?"[^"]*"[,}]""")]
    private static partial Regex Label();

    [GeneratedRegex(@"by \(([a-z_, ]+)\)")]
    private static partial Regex Grouped();

    // YamlDotNet sets these properties.
    public sealed class RuleFile
    {
        public List<RuleGroup> Groups { get; set; } = [];
    }

    public sealed class RuleGroup
    {
        public string Name { get; set; } = "";
        public List<Rule> Rules { get; set; } = [];
    }

    public sealed class Rule
    {
        public string Alert { get; set; } = "";
        public string Expr { get; set; } = "";
        public string For { get; set; } = "";
        public Dictionary<string, string> Labels { get; set; } = [];
        public Dictionary<string, string> Annotations { get; set; } = [];
    }
}
