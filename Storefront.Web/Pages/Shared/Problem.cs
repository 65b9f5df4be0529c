namespace Storefront.Web.Pages.Shared;

/// <summary>What stands at the top of a page that could not do what it was asked; it takes the focus.</summary>
public sealed record Problem(string Heading, string? Advice, IReadOnlyList<ProblemItem> Items);

/// <param name="Field">The id of what it is about.</param>
public sealed record ProblemItem(string Sentence, string? Field = null);
