namespace Storefront.Tests.Api.Contract;

/// <summary>
/// Compares each answer of the API with what docs/openapi.v1.json promises. Every client of <see cref="Support.Shop"/> goes through it, so
/// every test of the API is also a test of the document.
/// </summary>
internal sealed class ContractHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var path = request.RequestUri!.AbsolutePath;
        if (!path.StartsWith("/api/", StringComparison.Ordinal) || request.Method == HttpMethod.Head) return response;
        if (response.Content.Headers.ContentEncoding.Count > 0) return response; // a test of the compression itself

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        PromisedApi.Instance.Faults(request.Method.Method, path, response, body)
            .ShouldBeEmpty($"{request.Method} {path} was answered with {(int)response.StatusCode} {body}");
        return response;
    }
}
