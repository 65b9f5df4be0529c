using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>The shop calls only its configured partners. It follows no redirect, and trusts no unknown certificate.</summary>
public sealed class OutboundTests(OutboundTests.ShopWithRedirectingInventory shop)
    : IClassFixture<OutboundTests.ShopWithRedirectingInventory>
{
    private const string Elsewhere = "/latest/meta-data";

    [Fact]
    public async Task A_redirect_of_a_partner_is_not_followed()
    {
        var answer = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));

        answer.StatusCode.ShouldNotBe(HttpStatusCode.Created);
        shop.Requests.ShouldNotBeEmpty();
        shop.Requests.ShouldNotContain(Elsewhere);
    }

    public sealed class ShopWithRedirectingInventory() : ShopWithFalseInventory(certificate: null)
    {
        protected override void Answer(HttpResponse response)
        {
            response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            response.Headers.Location = $"{InventoryUrl}{Elsewhere}";
        }
    }
}

/// <summary>Another server answers at Inventory's address, with a self-signed certificate.</summary>
public sealed class ImpostorTests(ImpostorTests.ShopWithUntrustedInventory shop) : IClassFixture<ImpostorTests.ShopWithUntrustedInventory>
{
    [Fact]
    public async Task A_partner_with_an_untrusted_certificate_gets_no_request_and_the_shopper_an_error()
    {
        var answer = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.CodeAsync()).ShouldBe("inventory_unavailable");
        shop.Requests.ShouldBeEmpty();
    }

    public sealed class ShopWithUntrustedInventory() : ShopWithFalseInventory(SelfSigned())
    {
        private static X509Certificate2 SelfSigned()
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var now = TimeProvider.System.GetUtcNow();
            return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        }
    }
}

/// <summary>A shop whose Inventory is a program of this test.</summary>
public abstract class ShopWithFalseInventory(X509Certificate2? certificate) : Shop
{
    private WebApplication? inventory;

    /// <summary>The path of each request that Inventory got.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    protected string InventoryUrl => inventory!.Urls.First();

    protected override IEnumerable<(string Key, string Value)> Settings => [("Partners:Inventory:BaseUrl", InventoryUrl)];

    protected virtual void Answer(HttpResponse response) { }

    protected override async Task BeforeOpeningAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        inventory = builder.Build();
        inventory.Run(context =>
        {
            Requests.Enqueue(context.Request.Path);
            Answer(context.Response);
            return Task.CompletedTask;
        });
        await inventory.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        if (inventory is not null) await inventory.DisposeAsync();
        certificate?.Dispose();
    }
}
