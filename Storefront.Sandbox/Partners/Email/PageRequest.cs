namespace Storefront.Sandbox.Partners.Email;

/// <summary>Which part of a list is asked for: up to <c>limit</c> items after or before the one whose id is given.</summary>
internal sealed record PageRequest(string? Limit, string? After, string? Before)
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public IResult Of<T>(IReadOnlyList<T> all, Func<T, string> idOf, Func<T, object> describe)
    {
        var size = DefaultLimit;
        if (Limit is not null && !(int.TryParse(Limit, out size) && size is >= 1 and <= MaxLimit))
            return EmailErrors.Invalid($"The limit is from 1 to {MaxLimit}.");
        if (After is not null && Before is not null) return EmailErrors.Invalid("Give after or before, not both.");
        var at = (After ?? Before) is { } cursor ? all.ToList().FindIndex(one => idOf(one) == cursor) : 0;
        if (at < 0) return EmailErrors.Invalid("The list has nothing with the id that after or before names.");
        var rest = After is not null ? all.Skip(at + 1).ToList() : Before is not null ? all.Take(at).ToList() : all;
        // The page before an item ends at it; any other begins where the rest begins.
        var page = Before is not null ? rest.Skip(rest.Count - size) : rest.Take(size);
        return Results.Json(new { @object = "list", has_more = rest.Count > size, data = page.Select(describe) });
    }
}
