using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Email;

/// <summary>Writes the mails. The same order, or the same link, gives the same letters, to the byte.</summary>
internal sealed class Letters(IServiceScopeFactory scopes, ILoggerFactory loggers, IOptions<ShopOptions> shop, IOptions<EmailOptions> email)
{
    /// <typeparam name="TLetter">The HTML part; its text part stands beside it.</typeparam>
    public async Task<Mail> WriteAsync<TLetter>(Order order) where TLetter : LetterComponent
    {
        var (letter, html) = await RenderAsync<TLetter>(new() { [nameof(LetterComponent.Order)] = order });
        return new Mail(
            email.Value.From, [order.Email], letter.Subject, html, letter.Text,
            [new("order_id", order.Id.ToString()), new("kind", letter.Kind)]);
    }

    /// <summary>A mail that lets its reader choose a password.</summary>
    public async Task<Mail> WriteAsync(string to, Uri link)
    {
        var (letter, html) = await RenderAsync<AccountLink>(new() { [nameof(AccountLink.Link)] = link });
        return new Mail(email.Value.From, [to], letter.Subject, html, letter.Text, [new("kind", letter.Kind)]);
    }

    private async Task<(Letter Letter, string Html)> RenderAsync<TLetter>(Dictionary<string, object?> about) where TLetter : Letter
    {
        about[nameof(Letter.Shop)] = shop.Value;
        await using var scope = scopes.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            Letter? written = null;
            about[nameof(Letter.Written)] = (Action<Letter>)(letter => written = letter);
            var html = await renderer.RenderComponentAsync<TLetter>(ParameterView.FromDictionary(about));
            return (written!, html.ToHtmlString());
        });
    }
}
