using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>A browser that uses HTTPS through a proxy. It keeps each cookie with its attributes.</summary>
internal sealed partial class SecureBrowser(Shop shop, string address = "203.0.113.60") : IDisposable
{
    private readonly HttpClient http =
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = shop.Http.BaseAddress };

    /// <summary>The cookies by name, with their attributes.</summary>
    public Dictionary<string, string> Cookies { get; } = [];

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Opens the page, fills in its form and sends it.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] typed)
    {
        var form = await (await GetAsync(path)).Content.ReadAsStringAsync();
        var fields = typed.Append(("__RequestVerificationToken", Token().Match(form).Groups[1].Value))
            .Select(field => KeyValuePair.Create(field.Item1, field.Item2));
        return await SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields) });
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            request.Headers.Add("X-Forwarded-Proto", "https");
            request.Headers.Add("X-Forwarded-For", address);
            if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Values.Select(cookie => cookie.Split(';')[0])));
            var response = await http.SendAsync(request);
            foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
                Cookies[cookie.Split('=')[0]] = cookie;
            return response;
        }
    }

    [GeneratedRegex("__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
