using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Storefront.Web.Hosting;

/// <summary>
/// An address that a page writes as <c>/orders/…</c> is one of this shop's: the public path of the shop is put in front of it.
/// For <c>asp-page</c> and <c>~/</c> the framework does the same.
/// </summary>
[HtmlTargetElement("a", Attributes = "href")]
[HtmlTargetElement("form", Attributes = "action")]
[HtmlTargetElement("button", Attributes = "formaction")]
[HtmlTargetElement("iframe", Attributes = "src")]
[HtmlTargetElement("img", Attributes = "src")]
[HtmlTargetElement("*", Attributes = "data-events")]
public sealed class BelowThePath : TagHelper
{
    private static readonly string[] Addresses = ["href", "action", "formaction", "src", "data-events"];

    [ViewContext, HtmlAttributeNotBound]
    public ViewContext View { get; set; } = null!;

    /// <summary>Runs after the tag helpers of the framework.</summary>
    public override int Order => 1000;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var path = View.HttpContext.Request.PathBase;
        if (!path.HasValue) return;
        foreach (var name in Addresses)
        {
            if (!output.Attributes.TryGetAttribute(name, out var attribute)
                || !context.AllAttributes.TryGetAttribute(name, out var written)) continue;
            if (!IsOfThisShop(Text(written.Value))) continue;
            output.Attributes.SetAttribute(
                new TagHelperAttribute(name, Join(path.ToUriComponent(), attribute.Value), attribute.ValueStyle));
        }
    }

    private static bool IsOfThisShop(string address) => address.StartsWith('/') && !address.StartsWith("//", StringComparison.Ordinal);

    private static IHtmlContent Join(string path, object value) => value is IHtmlContent markup
        ? new HtmlContentBuilder().Append(path).AppendHtml(markup)
        : new HtmlContentBuilder().Append(path).Append(value.ToString()!);

    private static string Text(object? value)
    {
        if (value is not IHtmlContent markup) return value?.ToString() ?? "";
        using var text = new StringWriter(System.Globalization.CultureInfo.InvariantCulture);
        markup.WriteTo(text, HtmlEncoder.Default);
        return text.ToString();
    }
}
