using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Storefront.Jobs.Queue;
using Storefront.Tests.Support;
using Storefront.Web.Checkout;

namespace Storefront.Tests.Documents;

/// <summary>A setting that the program reads is in <c>appsettings.json</c> with its default, and in the table that explains it.</summary>
public sealed partial class SettingsInDocumentsTests
{
    // The program reads this former setting only to refuse it.
    private static readonly string[] Refused = ["Storage"];

    /// <summary>Every setting of <c>appsettings.json</c> with its default as text. It is empty if there is none.</summary>
    internal static Dictionary<string, string> Known { get; } =
        new(Flatten("", JsonDocument.Parse(File.ReadAllText(Repository.File("appsettings.json"))).RootElement));

    public static TheoryData<string> Documents => [.. Document.All];

    [Fact]
    public void The_table_of_settings_has_every_setting_with_its_default() =>
        new Document("docs/operations.md").Table("| setting | default |").ToDictionary(row => row[0].Trim('`'), row => row[1].Trim('`'))
            .ShouldBe(Known.Where(setting => !setting.Key.StartsWith("Logging:", StringComparison.Ordinal)), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_setting_between_backticks_exists(string path)
    {
        foreach (var code in new Document(path).Code.Where(code => Setting().IsMatch(code)))
        {
            var name = code.Split('=')[0].Replace("__", ":");
            var pattern = $"^{Regex.Escape(name).Replace("…", "[^:]+")}(:|$)";
            if (!name.StartsWith("Kestrel:", StringComparison.Ordinal)) // Kestrel settings belong to ASP.NET Core.
                Known.Keys.ShouldContain(known => Regex.IsMatch(known, pattern), $"{path} names {code}.");
        }
    }

    [Fact]
    public void Every_option_is_in_appsettings_with_its_default()
    {
        var sections = Known.Keys.Select(key => key[..Math.Max(0, key.LastIndexOf(':'))]).ToHashSet();
        var options = new[] { typeof(JobsOptions).Assembly, typeof(PriceList).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal))
            .Where(type => Properties(type).Count > 0).ToList();
        options.Count.ShouldBeGreaterThan(10);
        foreach (var type in options)
        {
            var properties = Properties(type);
            var section = sections.FirstOrDefault(name => properties.TrueForAll(property => Known.ContainsKey($"{name}:{property.Name}")));
            section.ShouldNotBeNull($"No section has all settings of {type.Name}.");
            foreach (var property in properties.Where(property => property.IsDefined(typeof(RangeAttribute))))
                Convert.ToString(property.GetValue(Activator.CreateInstance(type)), CultureInfo.InvariantCulture)
                    .ShouldBe(Known[$"{section}:{property.Name}"], $"{type.Name}.{property.Name}");
        }
    }

    // Configuration binding sets only these properties. Records that only code creates have none.
    private static List<PropertyInfo> Properties(Type type) => [.. type.GetProperties().Where(property =>
        property.SetMethod is { IsPublic: true } set
        && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
        && !Refused.Contains(property.Name))];

    private static IEnumerable<KeyValuePair<string, string>> Flatten(string name, JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject()
                .SelectMany(member => Flatten(name.Length == 0 ? member.Name : $"{name}:{member.Name}", member.Value))
            : [new(name, element.ValueKind switch
            {
                JsonValueKind.Null => "",
                JsonValueKind.String => element.GetString()!,
                _ => element.GetRawText(),
            })];

    [GeneratedRegex("^[A-Z][A-Za-z]+(?:(?::|__)(?:[A-Z][A-Za-z]+|…))+(?:=.*)?$")]
    private static partial Regex Setting();
}
