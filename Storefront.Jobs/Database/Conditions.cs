namespace Storefront.Jobs.Database;

/// <summary>A <c>where</c> that grows: what is interpolated becomes a parameter, never SQL.</summary>
internal sealed class Conditions(params IEnumerable<object?> before)
{
    private readonly List<string> all = [];
    private readonly List<object?> values = [.. before];

    public object?[] Values => [.. values];

    public void And(FormattableString condition)
    {
        var first = values.Count + 1;
        values.AddRange(condition.GetArguments());
        all.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, condition.Format,
            [.. Enumerable.Range(first, condition.ArgumentCount).Select(n => (object)$"${n}")]));
    }

    public override string ToString() => all.Count == 0 ? "" : "where " + string.Join(" and ", all.Select(one => $"({one})"));
}
