"""The Streamlit page: a chat over the API, with each quote boxed on its drawn page."""
