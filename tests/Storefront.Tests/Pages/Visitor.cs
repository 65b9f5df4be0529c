using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Storefront.Tests.Pages;

/// <summary>A person with a browser without scripts, who opens pages, fills in forms and presses buttons.</summary>
public sealed class Visitor(HttpClient http)
{
    public IHtmlDocument Page { get; private set; } = null!;
    public HttpStatusCode Status { get; private set; }
    public HttpResponseMessage Response { get; private set; } = null!;

    /// <summary>Where the last redirect led.</summary>
    public string Path => Response.RequestMessage!.RequestUri!.PathAndQuery;

    public string Text =>
        string.Join(' ', Page.QuerySelector("main")!.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    public async Task<Visitor> OpenAsync(string path) => await ShowAsync(await http.GetAsync(path));

    /// <summary>Presses a button: its form is sent with all its fields, and with these changes.</summary>
    public Task<Visitor> PressAsync(string button, params (string Name, string Value)[] typed) => PressAsync(Button(button), typed);

    public async Task<Visitor> PressAsync(IHtmlButtonElement button, params (string Name, string Value)[] typed)
    {
        button.IsDisabled.ShouldBeFalse($"The button “{button.TextContent}” cannot be pressed.");
        var form = button.Form!;
        var action = button.GetAttribute("formaction") ?? form.GetAttribute("action") ?? Path;
        return await ShowAsync(await http.PostAsync(action, new FormUrlEncodedContent(Fields(form, button, typed))));
    }

    /// <summary>Posts to an address that no form of the page has, with the token of another form.</summary>
    public async Task<Visitor> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        var token = Page.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        return await ShowAsync(
            await http.PostAsync(path,
                new FormUrlEncodedContent(
                    [.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)), new("__RequestVerificationToken", token)])));
    }

    public IHtmlButtonElement Button(string words) => Page.QuerySelectorAll("button").OfType<IHtmlButtonElement>()
        .FirstOrDefault(button => button.TextContent.Contains(words, StringComparison.Ordinal))
        ?? throw new InvalidOperationException($"No button says “{words}” on {Path}: {Text}");

    private static List<KeyValuePair<string, string>> Fields(
        IHtmlFormElement form, IHtmlButtonElement pressed, (string Name, string Value)[] typed)
    {
        var inputs = form.Elements.OfType<IHtmlInputElement>().Where(input => input.Name is not null).ToList();
        var fields = inputs.Where(input => input.Type is not "checkbox" || input.IsChecked)
            .Select(input => KeyValuePair.Create(input.Name!, input.Value)).ToList();
        foreach (var choice in form.Elements.OfType<IHtmlSelectElement>()) fields.Add(new(choice.Name!, choice.Value ?? ""));
        if (!string.IsNullOrEmpty(pressed.Name)) fields.Add(new(pressed.Name, pressed.Value));
        foreach (var (name, value) in typed)
        {
            if (inputs.All(input => input.Name != name)) fields.ShouldContain(field => field.Key == name);
            fields.RemoveAll(field => field.Key == name);
            fields.Add(new(name, value));
        }

        return fields;
    }

    private async Task<Visitor> ShowAsync(HttpResponseMessage response)
    {
        (Response, Status) = (response, response.StatusCode);
        Page = new HtmlParser().ParseDocument(await response.Content.ReadAsStringAsync());
        return this;
    }
}
