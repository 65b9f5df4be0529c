using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Email;

/// <summary>Writes the mails. The same order gives the same letters, to the byte.</summary>
internal sealed class Letters(IServiceScopeFactory scopes, ILoggerFactory loggers, IOptions<ShopOptions> shop, IOptions<EmailOptions> email)
{
    /// <typeparam name="TLetter">The HTML part; its text part stands beside it.</typeparam>
    public async Task<Mail> WriteAsync<TLetter>(Order order) where TLetter : LetterComponent
    {
        var letter = await RenderAsync<TLetter>(order);
        return new Mail(
            email.Value.From, [order.Email], letter.Subject, letter.Html, letter.Text,
            [new("order_id", order.Id.ToString()), new("kind", letter.Kind)]);
    }

    private async Task<(string Subject, string Html, string Text, string Kind)> RenderAsync<TLetter>(Order order) where TLetter : LetterComponent
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            LetterComponent? written = null;
            var html = await renderer.RenderComponentAsync<TLetter>(ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(LetterComponent.Order)] = order,
                [nameof(LetterComponent.Shop)] = shop.Value,
                [nameof(LetterComponent.Written)] = (Action<LetterComponent>)(letter => written = letter),
            }));
            return (written!.Subject, html.ToHtmlString(), written.Text, written.Kind);
        });
    }
}
