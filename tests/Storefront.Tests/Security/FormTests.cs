using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Storefront.Tests.Support;
using Storefront.Web.Security;

namespace Storefront.Tests.Security;

/// <summary>Forms that cannot be read, and who sends them slowly.</summary>
public sealed class FormTests(Shop shop) : IClassFixture<Shop>
{
    private const string Form = "application/x-www-form-urlencoded";

    public static TheoryData<string, string, int> Unreadable()
    {
        var data = new TheoryData<string, string, int>();
        foreach (var charset in new[] { "utf-7", "utf-16", "utf-32", "ibm037", "nonsense", "\"\"" })
            data.Add($"{Form}; charset={charset}", "sku=MUG-OAT", 415);
        foreach (var type in new[] { "application/json", "text/plain", "application/xml", "x/y", "nonsense" }) data.Add(type, "{}", 415);
        data.Add("multipart/form-data", "sku=MUG-OAT", 400);
        data.Add("multipart/form-data; boundary=", "sku=MUG-OAT", 400);
        data.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=sku\r\n\r\nMUG", 400);
        data.Add("multipart/form-data; boundary=x", "--y", 400);
        data.Add(
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=sku\r\nContent-Type: text/plain; charset=utf-7\r\n\r\nMUG\r\n--x--\r\n", 400);
        data.Add($"multipart/form-data; boundary={new string('x', 300)}", "--y", 400);
        data.Add(Form, string.Join('&', Enumerable.Range(0, 3000).Select(n => $"f{n}=1")), 400);
        data.Add(Form, $"{new string('k', 4000)}=1", 400);
        data.Add(Form, $"sku={new string('x', 300_000)}", 413);
        return data;
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_form_that_cannot_be_read_is_the_senders_fault_on_every_page_and_the_answer_is_a_page(
        string type, string body, int status)
    {
        foreach (var page in new[] { "/cart", "/products/MUG-OAT", "/checkout", "/account/sign-in", "/orders/find", "/account/register" })
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await shop.Http.PostAsync(page, content);

            ((int)answer.StatusCode).ShouldBe(status, page);
            await IsAPageOfTheShopAsync(answer);
        }
    }

    [Theory]
    [InlineData("a[=1")]
    [InlineData("a[0].b[=1")]
    [InlineData("[=1")]
    [InlineData("a]=1")]
    public async Task A_name_of_a_field_that_is_none_is_no_fault_of_ours(string field)
    {
        using var form = new StringContent(field, Encoding.ASCII, Form);

        ((int)(await shop.Http.PostAsync("/checkout", form)).StatusCode).ShouldBeLessThan(500);
        ((int)(await shop.Http.GetAsync($"/checkout?{field}")).StatusCode).ShouldBeLessThan(500);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("UTF8")]
    [InlineData("\"utf-8\"")]
    [InlineData("us-ascii")]
    public async Task A_form_in_a_charset_that_is_UTF_8_by_another_name_is_read(string charset)
    {
        using var form = new ByteArrayContent("email="u8.ToArray());
        form.Headers.TryAddWithoutValidation("Content-Type", $"{Form}; charset={charset}");

        (await shop.Http.PostAsync("/checkout", form)).StatusCode.ShouldNotBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/cart")]
    [InlineData("/admin")]
    [InlineData("/health/ready")]
    public async Task A_page_that_takes_no_form_reads_none(string page)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, page) { Content = new StringContent("sku=1") };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse($"{Form}; charset=utf-7");

        ((int)(await shop.Http.SendAsync(request)).StatusCode).ShouldBeLessThan(400);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/nope")]
    [InlineData("/health/live")]
    [InlineData("/admin/orders")]
    [InlineData("/docs/")]
    public async Task What_takes_no_form_does_not_wait_for_one(string page)
    {
        // Whoever waited for the rest of it would answer 408, ten seconds later.
        var answer = await FirstLineAsync(
            $"POST {page} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 100000\r\nContent-Type: {Form}\r\n\r\na=b");

        answer.ShouldNotBeNull().ShouldNotStartWith("HTTP/1.1 408");
    }

    [Theory]
    [InlineData("/error/500")]
    [InlineData("/error/503")]
    [InlineData("/error/200")]
    public async Task Whoever_opens_the_address_of_the_error_page_has_met_no_error(string page) =>
        (await shop.Http.GetAsync(page)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

    [Theory]
    [InlineData("code=404")]
    [InlineData("code=200&Code=302&page=/Index&handler=Set")]
    public async Task What_a_form_says_does_not_change_the_status_of_the_error_page(string fields)
    {
        using var form = new StringContent(fields, Encoding.ASCII, Form);

        var answer = await shop.Http.PostAsync("/cart?code=418&handler=x", form);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await IsAPageOfTheShopAsync(answer);
    }

    [Theory]
    [InlineData("ZZ\r\nsku=1\r\n0\r\n\r\n")]
    [InlineData("-1\r\nsku=1\r\n0\r\n\r\n")]
    [InlineData("5;;;\r\nsku=1xx0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFFFF\r\nsku=1\r\n0\r\n\r\n")]
    public async Task A_chunk_whose_size_makes_no_sense_is_the_senders_fault(string chunks)
    {
        var answer = await RawAsync(
            "POST /cart HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
            + $"Content-Type: {Form}\r\n\r\n{chunks}");

        answer.ShouldStartWith("HTTP/1.1 400");
        answer.ShouldContain("Content-Security-Policy: default-src 'none'");
    }

    [Fact]
    public async Task A_form_that_takes_too_long_is_given_up()
    {
        var clock = new FakeTimeProvider();
        var http = new DefaultHttpContext { Request = { Method = "POST", ContentType = Form, Body = new NeverEnding() } };
        var reading = FormBodies.ReadAsync(http, clock);
        reading.IsCompleted.ShouldBeFalse();

        clock.Advance(FormBodies.Longest);

        (await reading).ShouldBe(StatusCodes.Status408RequestTimeout);
    }

    private static async Task IsAPageOfTheShopAsync(HttpResponseMessage answer)
    {
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        var page = await answer.Content.ReadAsStringAsync();
        page.ShouldContain("<h1>");
        page.ShouldContain("Back to the catalogue");
    }

    private Task<string> RawAsync(string request) => RawAsync(request, reader => reader.ReadToEndAsync());

    private Task<string?> FirstLineAsync(string request) => RawAsync(request, reader => reader.ReadLineAsync());

    private async Task<T> RawAsync<T>(string request, Func<StreamReader, Task<T>> read)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(shop.Http.BaseAddress!.Host, shop.Http.BaseAddress.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await read(reader);
    }

    private sealed class NeverEnding : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return 0;
        }
    }
}
