using Storefront.Web.Identity;

namespace Storefront.Tests.Identity;

public sealed class CommonPasswordTests
{
    [Theory]
    [InlineData("123456789012")]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("Password2026!")]
    [InlineData("passwordpassword")]
    [InlineData("abcdefghijklm")]
    [InlineData("aaaaaaaaaaaaaa")]
    [InlineData("abcabcabcabc")]
    [InlineData("!!!qwerty1234")]
    [InlineData("ada.lovelace1")]
    [InlineData("ada.lovelace@example.com")]
    [InlineData("20261128-1200")]
    [InlineData("Tea-Mugs2026!!")]
    public void A_password_that_is_guessed_first_is_refused(string password) =>
        NoCommonPassword.IsCommon(password, "ada.lovelace@example.com", "Tea & Mugs").ShouldBeTrue();

    [Theory]
    [InlineData("correct-horse-battery")]
    [InlineData("a-long-enough-password")]
    [InlineData("tea at four with grace")]
    [InlineData("x7Kq-29fm-pp2e-11zv")]
    public void Another_one_is_accepted(string password) =>
        NoCommonPassword.IsCommon(password, "ada.lovelace@example.com", "Tea & Mugs").ShouldBeFalse();
}
