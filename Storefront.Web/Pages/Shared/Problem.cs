namespace Storefront.Web.Pages.Shared;

/// <summary>What stands at the top of a page that could not do what it was asked; it takes the focus.</summary>
public sealed record Problem(string Heading, string? Advice, IReadOnlyList<ProblemItem> Items)
{
    /// <summary>What is wrong with a form, each leading to its field; null when nothing is.</summary>
    public static Problem? In(IEnumerable<Field> fields)
    {
        var wrong = fields.Where(one => one.Error is not null).Select(one => new ProblemItem($"{one.Label}: {one.Error}", one.Id)).ToList();
        return wrong.Count == 0 ? null : new("There is a problem", null, wrong);
    }
}

/// <param name="Field">The id of what it is about.</param>
public sealed record ProblemItem(string Sentence, string? Field = null);
