using System.Globalization;
using System.Text.RegularExpressions;
using Storefront.Jobs.Orders;
using Storefront.Web.Checkout;

namespace Storefront.Web.Api;

/// <summary>How long a call waits for which deliveries, as its query says.</summary>
/// <param name="Most">Null: it does not wait.</param>
/// <param name="Effects">Their names; empty: all that are due within that time.</param>
/// <param name="Errors">By the parameter's name.</param>
internal sealed partial record WaitQuery(TimeSpan? Most, IReadOnlyCollection<string> Effects, IReadOnlyDictionary<string, string[]> Errors)
{
    /// <summary>A time in seconds or milliseconds: <c>2s</c>, <c>0.5s</c>, <c>500ms</c>.</summary>
    public const string Pattern = "^[0-9]{1,5}(\\.[0-9]{1,3})?(ms|s)$";

    public const int LongestText = 12, LongestList = 1000;

    public static WaitQuery Read(string? wait, string? effects, EffectCatalogue catalogue)
    {
        var errors = new Dictionary<string, string[]>();
        var most = wait is null ? null : Time(wait);
        if (wait is not null && (most is null || most > EffectsWait.Longest))
            errors["wait"] = [$"Give a time from 0s to {EffectsWait.Longest.TotalSeconds:0}s, for example 2s or 500ms."];
        if (effects?.Length > LongestList) errors["effects"] = [$"This may have {LongestList} characters."];
        var names = effects?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (errors.ContainsKey("effects")) return new(most, [], errors);
        if (names.Except(catalogue.Names).ToList() is { Count: > 0 } unknown)
            errors["effects"] = [$"Unknown: {string.Join(", ", unknown.Take(20))}. There are {string.Join(", ", catalogue.Names)}."];
        else if (names.Length > 0 && wait is null)
            errors["effects"] = ["Give wait as well, for example wait=2s."];
        return new(most, names, errors);
    }

    private static TimeSpan? Time(string text) => Written().Match(text) is { Success: true } time
        ? TimeSpan.FromMilliseconds(
            double.Parse(time.Groups["number"].Value, CultureInfo.InvariantCulture) * (time.Groups["unit"].Value == "s" ? 1000 : 1))
        : null;

    [GeneratedRegex(@"\A(?<number>[0-9]{1,5}(\.[0-9]{1,3})?)(?<unit>ms|s)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Written();
}
